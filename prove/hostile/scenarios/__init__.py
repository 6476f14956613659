"""Hostile names, words, requests and a secret, each on its way through the whole pipeline."""
