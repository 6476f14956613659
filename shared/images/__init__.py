"""Untrusted bytes in, upright pixels out, in a process that may be killed over it."""
