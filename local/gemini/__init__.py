"""A local Gemini: the service's API over HTTP, in front of any model."""

from local.gemini import replies
from local.gemini.errors import ApiError
from local.gemini.model import Model
from local.gemini.offline import OfflineModel
from local.gemini.question import Picture, Question
from local.gemini.reply import Reply
from local.gemini.scripted import ScriptedModel
from local.gemini.server import GeminiServer, serve

__all__ = [
    "ApiError",
    "GeminiServer",
    "Model",
    "OfflineModel",
    "Picture",
    "Question",
    "Reply",
    "ScriptedModel",
    "replies",
    "serve",
]
