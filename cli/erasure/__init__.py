"""`darkroom erase`: photos go, with all that came of them."""
