"""The page: uploads and their results in a browser, served as JSON and static files.

All content comes from uploads and models and is sent as data: no HTML is generated.
"""
