"""A submission: a photo by HTTP, as bytes or as a URL to fetch."""
