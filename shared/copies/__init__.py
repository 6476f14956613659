"""Copies of a photo that are fit to show: with things hidden, and pictures of single things."""
