"""Reading text: where it stands, what a line of it says, and in which order lines are read."""
