"""Every reader of input from outside, as a target to fuzz."""

from prove.hostile.target import Target
from prove.hostile.targets import answers, files, messages, photos, requests

ALL: tuple[Target, ...] = (
    *photos.ALL,
    *answers.ALL,
    *messages.ALL,
    *files.ALL,
    *requests.ALL,
)
