"""The checks of `darkroom doctor`, one per file."""
