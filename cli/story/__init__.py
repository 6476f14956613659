"""The story of one upload: what happened to it, and why."""

from cli.story.story import Story, of

__all__ = ["Story", "of"]
