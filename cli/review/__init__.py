"""`darkroom review`: what to look at first, and whether that order ranks errors."""
