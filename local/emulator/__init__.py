"""What the emulators are built of: HTTP in both directions, timers, and a folder on disk."""
