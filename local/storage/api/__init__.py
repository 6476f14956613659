"""The service over HTTP: a function per method of the API, from a request to its reply."""
