"""The experiments of papers, run again: what they printed beside what comes out here."""
