"""What a developer runs by hand now and then; nothing that runs or is tested needs it."""
