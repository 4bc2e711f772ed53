"""The commands of model making; each file imports what is heavy inside its functions."""
