"""What can be wrong with the JSON of an answer, and what the reader does about it."""

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
