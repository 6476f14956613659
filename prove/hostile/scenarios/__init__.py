"""Hostile names, words, requests, and secrets, each through the whole pipeline."""
