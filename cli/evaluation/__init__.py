"""`darkroom evaluate`: how good a model is on a golden set."""
