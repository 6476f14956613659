"""Checks the values of a request: ranges, choices, and what excludes what."""

from collections.abc import Collection, Mapping
from typing import Any

from local.gemini.casing import camel_keys
from local.gemini.errors import ApiError
from local.gemini.validation import refused, snake

LARGEST = 20 << 20  # bytes of a request with its pictures
_CONFIG = "generation_config"
_LOOKED_AT = (_CONFIG, "safety_settings", "service_tier")
_MAX_THINKING = 32_768  # tokens of a budget; -1 leaves it to the model
_RANGES: Mapping[str, tuple[float, float]] = {
    "temperature": (0.0, 2.0),
    "topP": (0.0, 1.0),
    "topK": (1, 2**31 - 1),
    "candidateCount": (1, 8),
    "maxOutputTokens": (1, 2**31 - 1),
}
_FORMS = ("text/plain", "application/json", "application/xml", "application/yaml", "text/x.enum")
_LEVELS = ("MINIMAL", "LOW", "MEDIUM", "HIGH")
_RESOLUTIONS = ("LOW", "MEDIUM", "HIGH", "ULTRA_HIGH")
_TIERS = ("unspecified", "standard", "flex", "priority")
_HARMS = ("UNSPECIFIED", "HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT", "DANGEROUS_CONTENT")
_OLD_HARMS = ("DEROGATORY", "TOXICITY", "VIOLENCE", "SEXUAL", "MEDICAL", "DANGEROUS")
_MORE_HARMS = ("CIVIC_INTEGRITY", "JAILBREAK", "IMAGE_HATE", "IMAGE_DANGEROUS_CONTENT")
_IMAGE_HARMS = ("IMAGE_HARASSMENT", "IMAGE_SEXUALLY_EXPLICIT")
_THRESHOLDS = ("BLOCK_LOW_AND_ABOVE", "BLOCK_MEDIUM_AND_ABOVE", "BLOCK_ONLY_HIGH", "BLOCK_NONE")
_MORE_THRESHOLDS = ("HARM_BLOCK_THRESHOLD_UNSPECIFIED", "OFF")
# https://ai.google.dev/gemini-api/docs/image-understanding, and what is no picture
_PICTURES = ("image/png", "image/jpeg", "image/jpg", "image/webp", "image/heic", "image/heif")
_OTHERS = ("audio/", "video/", "text/", "application/pdf", "application/json")


def check_size(body: bytes) -> None:
    """Raises ApiError 400 for a request that is larger than the service takes."""
    if len(body) > LARGEST:
        raise ApiError(400, f"Request payload size exceeds the limit: {LARGEST} bytes.")


def check_request(body: Mapping[str, Any]) -> None:
    """Raises ApiError 400 for a value out of range; fields and types were checked before."""
    plain = camel_keys({name: body[name] for name in body if snake(name) in _LOOKED_AT})
    _check_config(plain.get("generationConfig") or {})
    tier = plain.get("serviceTier")
    _check_choice("service_tier", tier and tier.lower(), _TIERS)
    settings = plain.get("safetySettings") or []
    for setting in filter(None, settings if isinstance(settings, list) else [settings]):
        harms = (*_HARMS, *_OLD_HARMS, *_MORE_HARMS, *_IMAGE_HARMS)
        categories = [f"HARM_CATEGORY_{harm}" for harm in harms]
        _check_choice("safety_settings.category", setting.get("category"), categories)
        thresholds = (*_THRESHOLDS, *_MORE_THRESHOLDS)
        _check_choice("safety_settings.threshold", setting.get("threshold"), thresholds)


def check_type(mime_type: str) -> None:
    """Raises ApiError 400 for a MIME type that the service does not support."""
    if mime_type.lower() not in _PICTURES and not mime_type.lower().startswith(_OTHERS):
        raise ApiError(400, f"Unsupported MIME type: {mime_type}")


def _check_config(config: Mapping[str, Any]) -> None:
    for name, (least, most) in _RANGES.items():
        value = config.get(name)
        if value is not None and not least <= float(value) <= most:
            place = f"{_CONFIG}.{snake(name)}"
            span = f"{snake(name)} must be in the range [{least}, {most}]."
            raise refused(place, f"* GenerateContentRequest.{place}: {span}")
    form = config.get("responseMimeType")
    if form and form not in _FORMS:
        place = f"{_CONFIG}.response_mime_type"
        known = ", ".join(f"`{each}`" for each in _FORMS)
        raise refused(place, f"* GenerateContentRequest.{place}: allowed mimetypes are {known}.")
    resolutions = [f"MEDIA_RESOLUTION_{each}" for each in ("UNSPECIFIED", *_RESOLUTIONS)]
    _check_choice(f"{_CONFIG}.media_resolution", config.get("mediaResolution"), resolutions)
    _check_thinking(config.get("thinkingConfig") or {})


def _check_thinking(thinking: Mapping[str, Any]) -> None:
    level, budget = thinking.get("thinkingLevel"), thinking.get("thinkingBudget")
    place = f"{_CONFIG}.thinking_config.thinking_level"
    _check_choice(place, level and level.upper(), ("THINKING_LEVEL_UNSPECIFIED", *_LEVELS))
    if level and budget is not None:
        raise ApiError(400, "You can only set only one of thinking budget and thinking level.")
    if budget is not None and not -1 <= float(budget) <= _MAX_THINKING:
        raise ApiError(400, f"The thinking budget {budget} is invalid.")


def _check_choice(place: str, value: Any, choices: Collection[str]) -> None:
    if value and value not in choices:
        raise refused(place, f"Invalid value at '{place}', \"{value}\"")
