"""Problems of an answer: the codes, and a sentence for each."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.answers import label, shortfall
from shared.model import Problem

REPAIRS = {
    "bare_word": "A word without quotes was read as text.",
    "curly_quotes": "Typographic quotes were read as plain ones.",
    "comment": "Comments were left out.",
    "cut_off": "The text ends in the middle; what was not whole by then is left out.",
    "doubled_closer": "A closing bracket too many was left out.",
    "double_encoded": "The JSON came as a text, and was read.",
    "escape": "A backslash that escapes nothing was taken as written, or left out.",
    "fence": "The answer stood in a code fence.",
    "inner_quotes": "Quotes inside a text were taken as part of it.",
    "json_lines": "Objects one after the other were read as a list.",
    "left_out": "Something in the answer that looks like a part of it could not be read.",
    "missing_closer": "A missing closing bracket was added.",
    "missing_separator": "A missing comma or colon was added.",
    "odd_word": "A word such as None or True was read as null or true.",
    "open_string": "A text without its closing quote was ended where its line ends.",
    "parts_joined": "The answer came in several parts, which were put together.",
    "prose": "Text around the answer was left out.",
    "repeated_key": "A name came twice in one object, which was read as several objects.",
    "run_together": "A text that ran into the next key was parted from it.",
    "several_values": "There were several answers; the last one with places in it counts.",
    "single_quotes": "Text in single quotes was read as text.",
    "stray_text": "Characters that belong to nothing were left out.",
    "too_much": "No answer has so many brackets; the text was read up to there.",
    "trailing_comma": "A comma after the last item was left out.",
}
HARMLESS = frozenset({"fence", "prose"})  # around the answer, not in it

_MOST_LISTED = 50
_SENTENCES = REPAIRS | {
    "bare_list": "A bare list of numbers was read as a box.",
    "beyond_limit": "More objects than asked for: {} were left out.",
    "box_from_mask": "The object had no box; it is the box around its outline.",
    "box_3d": "The item is a three-dimensional box, which has no place in the image; left out.",
    "clamped": "The box reached beyond the image and was cut at its border.",
    "confidence_percent": "The confidence was read as a percentage.",
    "confidence_scaled": "The confidence was read on a scale of its own.",
    "confidence_text": "The confidence was read from text.",
    "confidence_unusable": "The confidence is no number from 0 to 1 and was left out.",
    "duplicate_label": "The label was given before; the better score counts.",
    "duplicate": "Near-copies of this object: {} were left out.",
    "fifth_number": "A fifth number after the box was read as its confidence.",
    "fractions": "The coordinates were read as fractions of the image's sides.",
    "label_cleaned": "Control characters or broken characters in the label were replaced.",
    "label_cut": f"The label was cut after {label.LONGEST} characters.",
    "label_from_key": "The label is the name that the thing stood under.",
    "label_not_text": "The label is not a text and was written as one.",
    "mask_base64": "The mask's base64 was padded or spelled otherwise than usual and was mended.",
    "mask_beyond_box": "The mask reached beyond the box and was cut at its edge.",
    "mask_corners": "The outline's corners were not pairs of numbers and were read as such.",
    "mask_corners_lost": "Corners of the outline that cannot be read were left out.",
    "mask_empty": "The mask has no pixel inside the box; only the box is kept.",
    "mask_few_corners": "The outline has fewer than three corners; only the box is kept.",
    "mask_misfit": "The outline lies elsewhere than the box; only the box is kept.",
    "mask_missing": "The object came without a mask; only the box is kept.",
    "mask_no_prefix": "The mask was base64 without a data URI's beginning, and was read.",
    "mask_tokens": "The mask came as codes that only the model can read; only the box is kept.",
    "mask_too_large": "The mask is larger than any mask needs to be; only the box is kept.",
    "mask_unreadable": "The mask is neither a PNG nor an outline that can be read; only the box is "
    "kept.",
    "mask_units": "The outline was written in other units than its box, and read so.",
    "mask_whole_image": "The mask was one of the whole image; its part in the box was taken.",
    "mask_without_box": "There is a mask, but no box that it would fill; it was left out.",
    "mask_y_first": "The outline's corners were read as y before x, as its box has it.",
    "more_problems": "More problems than are listed: {}.",
    "named_sides": "The coordinates were given by name and not as a list.",
    "nested": "The box stood in a list of its own.",
    "no_coordinates": "The item has no coordinates that can be read and was left out.",
    "no_place": "The text came without a place that can be used; it is kept as text alone.",
    "no_text": "The line has no text and was left out.",
    "no_label": "The object has no label.",
    "not_an_object": "The item is not an object and was left out.",
    "not_finite": "A coordinate of the item is not a number; it was left out.",
    "other_key": "The box has another key than asked for and was read as y before x.",
    "outside_image": "The item lies outside the image and was left out.",
    "part_of_line": "A part of the line before was left out; the line has its text.",
    "pixels": "The coordinates were read as pixels of the upright image.",
    "plain_text": "The model wrote plain text where JSON was asked for.",
    "score_clamped": "The confidence lay just outside its scale and was moved to the nearer end.",
    "swapped_corners": "The corners of the box were the wrong way round.",
    "text_coordinates": "The coordinates were read from text.",
    "too_many_items": "The list is endless: only its first {} items were read.",
    "unknown_label": "The label is none of those asked for; what bears it was left out.",
    "unfinished": "The item was cut off and left out.",
    "widened": "The box was thinner than a pixel and was widened to one.",
    "zero_area": "The box has no area and was left out.",
}


class Unreadable(Exception):
    """The item cannot be read; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class Log:
    """Problems in the order they are found."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, code: str, item: int | None = None, *, count: int = 0) -> None:
        """Record a problem of an item, by its position in the answer, or of the whole answer."""
        self.problems.append(Problem(code, _SENTENCES[code].format(count), item))

    def cannot(self, sentences: Iterable[str]) -> None:
        """Record what the model says that it could not do."""
        self.problems += shortfall.problems(sentences)

    def last(self) -> str:
        """The sentence of the newest."""
        return self.problems[-1].sentence if self.problems else ""

    def listed(self) -> tuple[Problem, ...]:
        """The first of them, those of the answer as a whole in front; the rest only counted."""
        ordered = sorted(self.problems, key=lambda each: -1 if each.item is None else each.item)
        if len(ordered) > _MOST_LISTED:
            more = len(ordered) - _MOST_LISTED
            del ordered[_MOST_LISTED:]
            ordered.append(Problem("more_problems", _SENTENCES["more_problems"].format(more)))
        return tuple(ordered)
