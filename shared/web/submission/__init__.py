"""A submission: a photo that comes in by HTTP, as bytes or as a URL to fetch it from."""
