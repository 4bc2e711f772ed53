"""The whole system against scripts of known truth: situations, conditions, what must follow, verdicts."""
