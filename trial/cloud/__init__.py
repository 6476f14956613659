"""A trial in a Google Cloud project: deploy, try what nobody here could try, report, destroy."""
