"""The protocol as state machines, and every state that they can reach."""
