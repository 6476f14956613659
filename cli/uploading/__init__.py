"""`darkroom upload`: files of this machine into the uploads bucket."""
