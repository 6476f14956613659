"""Whether an answer says for sure where everything is that is to be hidden."""

from collections.abc import Sequence

from shared.model import CANNOT, Detection, Doubt, Findings, Photo, Point, Problem, Request
from shared.redaction import Terms

# Problems after which all that the model listed is still there, and where it was listed.
_HARMLESS = frozenset(
    (
        *("bare_word", "clamped", "comment", "confidence_percent", "confidence_scaled"),
        *("confidence_text", "confidence_unusable", "curly_quotes", "double_encoded", "duplicate"),
        *("duplicate_label", "escape", "fence", "fifth_number", "label_cleaned", "label_cut"),
        *("label_from_key", "label_not_text", "mask_base64", "mask_corners", "mask_no_prefix"),
        *("mask_whole_image", "named_sides", "nested", "no_label", "odd_word", "parts_joined"),
        *("prose", "score_clamped", "single_quotes", "swapped_corners", "text_coordinates"),
        *("trailing_comma", "widened"),
    )
)
# Only the box is kept: what is to be hidden must not have one of these.
_MASK_LOST = frozenset(
    (
        *("mask_empty", "mask_few_corners", "mask_misfit", "mask_missing", "mask_tokens"),
        *("mask_too_large", "mask_unreadable"),
    )
)


def doubt(findings: Findings, photo: Photo, request: Request, terms: Terms) -> Doubt | None:
    """Why the answer may lack something that is to be hidden; None if it does not.

    Of several tasks that were asked in one call, the one that looked for it is the first part.
    """
    part = findings.parts[0] if findings.parts else findings
    codes = {each.code for each in part.problems}
    if "incomplete" in photo.warnings:
        return Doubt("incomplete_photo", "A part of the photo is missing, or coarse.")
    if CANNOT in codes:
        return Doubt(CANNOT, _told(part.problems))
    if not part.complete:
        return Doubt("cut_off", "The answer was cut off, or cannot be read.")
    most = request["max_objects"]
    if len(findings.objects) >= most or "beyond_limit" in codes:
        return Doubt("full", f"The answer lists {most:,} things, the most it may have.")
    things = hidden(findings.objects, request)
    if any(isinstance(each.shape, Point) for each in things):
        return Doubt("no_extent", "Something was found at a point, without its extent.")
    if terms.what == "mask" and any(each.mask is None for each in things):
        return Doubt("box_only", "Something was found without its mask, and masks were asked for.")
    harmless = _HARMLESS | _MASK_LOST
    mended = next((each for each in part.problems if each.code not in harmless), None)
    return (
        Doubt("repaired", f"The answer had to be repaired. {mended.sentence}") if mended else None
    )


def hidden(found: Sequence[Detection], request: Request) -> list[Detection]:
    """What is hidden of what was found: all but what was looked for to be cut out."""
    return [each for each in found if each.label not in request["crops"]]


def _told(problems: Sequence[Problem]) -> str:
    return " ".join(each.sentence for each in problems if each.code == CANNOT)
