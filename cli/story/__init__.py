"""The story of one upload: what became of it, and why."""

from cli.story.story import Story, of

__all__ = ["Story", "of"]
