"""Read the text in a photo, line by line, and say where each line stands."""

from collections.abc import Sequence

from shared.answers import lines
from shared.model import Findings, Request, Schema, Size
from shared.tasks import Task


def _prompt(request: Request) -> str:
    sentences = [
        "Read the text in this image, line by line, in the order a person would read it.",
        f"Answer with a JSON list of at most {request['max_lines']} lines, nothing else. Each has "
        "box_2d, its tight bounding box as [ymin, xmin, ymax, xmax] in whole numbers from 0 to "
        "1000 relative to the image's height and width, and label, the text of the line exactly "
        "as it is written: not translated, not corrected, not completed.",
        "If there is no text, answer [].",
    ]
    if request["prompt"]:
        sentences.append(request["prompt"])
    return "\n".join(sentences)


def _schema(_: Request) -> Schema:
    corner = {"type": "integer", "minimum": 0, "maximum": 1000}
    line = {
        "type": "object",
        "properties": {
            "box_2d": {"type": "array", "items": corner, "minItems": 4, "maxItems": 4},
            "label": {"type": "string"},
        },
        "required": ["box_2d", "label"],
    }
    return {"type": "array", "items": line}  # a high maxItems makes the service refuse a schema


def _read(text: str, sizes: Sequence[Size], request: Request) -> Findings:
    return lines.read(text, sizes[0], request["max_lines"])


TASK = Task(
    worker="describe",
    version="read_text/1",
    defaults={"prompt": "", "max_lines": 200, "max_output_tokens": 16384},
    prompt=_prompt,
    schema=_schema,
    read=_read,
    part="places",
)
