"""Trials against the real services, for whoever has a project or a key: docs/trial.md."""
