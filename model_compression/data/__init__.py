"""Pictures that may train the shipped weights, and what the teacher says of them."""
