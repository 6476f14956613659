"""Harmful input of every kind: files, names, words, messages."""
