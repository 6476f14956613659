"""What doctor looks at, one thing a file."""
