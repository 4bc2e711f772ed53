"""Paper 3, UniLearn: what its tables and figures ask for, of prepared clips and pictures."""
