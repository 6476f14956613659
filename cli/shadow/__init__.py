"""`darkroom shadow`: how a recipe's model and its shadow agree."""
