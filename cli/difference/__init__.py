"""`darkroom diff`: two answers about a photo, compared."""
