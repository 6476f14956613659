"""The operator's command, `darkroom`."""
