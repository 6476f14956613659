"""Corrections: what people say of a record's findings, as objects beside it that never change.

The record stays as it is. `FOLDER/correction-0001.json` is the first correction of the record in
that folder, the next one is 0002, and the newest one counts.
"""
