"""Untrusted bytes in, upright pixels out, decoded in a child process with limits."""
