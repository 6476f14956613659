"""The page: a browser's view of what was uploaded and what became of it, served as JSON and files.

Everything it tells of comes from uploads and models and is data: no HTML is made here.
"""
