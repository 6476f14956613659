"""Proof by numbers that the protocol keeps its promises: `python -m prove`."""
