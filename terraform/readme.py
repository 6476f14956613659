"""The tables of inputs and outputs in README.md, made from the .tf files.

A test compares them. The reader knows only HCL as formatted by `terraform fmt`: a block begins and
ends at the left edge, and its arguments are indented by two.
"""

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass

from terraform.commands import FOLDER, MODULE

README = FOLDER / "README.md"
_BLOCK = re.compile(r'^(variable|output) "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
_TABLES = re.compile(r"(<!-- BEGIN TFDOC -->\n).*(<!-- END TFDOC -->)", re.DOTALL)
_HEADS = {
    "variable": "## Inputs\n\n| Name | What it is | Type | Default |\n|---|---|---|---|\n",
    "output": "## Outputs\n\n| Name | What it is |\n|---|---|\n",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A variable or an output."""

    kind: str
    name: str
    body: str

    def argument(self, name: str) -> str:
        """An argument on one line; empty if there is none."""
        found = re.search(
            rf"^  {name} += (.*?)(?=^  \w|^$|\Z)", self.body, re.MULTILINE | re.DOTALL
        )
        lines = found[1].strip().splitlines() if found else []
        return _joined([line.strip() for line in lines])

    @property
    def description(self) -> str:
        """Without its quotes."""
        return self.argument("description").strip('"').replace('\\"', '"')

    def row(self) -> str:
        """The line of a table."""
        if self.kind == "output":
            return f"| `{self.name}` | {self.description} |\n"
        default = self.argument("default")
        shown = f"`{default}`" if default else "required"
        kind = self.argument("type")
        return f"| `{self.name}` | {self.description} | `{kind}` | {shown} |\n"


def _joined(lines: list[str]) -> str:
    """Lines of an object as one, with the commas that `terraform fmt` leaves out."""
    text = ", ".join(re.sub(" +=", " =", line) for line in lines)
    return text.replace("{, ", "{ ").replace("[, ", "[").replace(", }", " }").replace(", ]", "]")


def entries() -> Iterator[Entry]:
    """All variables and outputs of the module."""
    for file in sorted(MODULE.glob("*.tf")):
        for kind, name, body in _BLOCK.findall(file.read_text("utf-8")):
            yield Entry(kind, name, body)


def tables() -> str:
    """Both tables, by name."""
    found = sorted(entries(), key=lambda each: each.name)
    return "\n".join(
        head + "".join(each.row() for each in found if each.kind == kind)
        for kind, head in _HEADS.items()
    )


def with_tables(text: str) -> str:
    """The README with the tables in their place."""
    return _TABLES.sub(lambda found: f"{found[1]}{tables()}{found[2]}", text)


if __name__ == "__main__":
    example = "example: python3 -m terraform.readme"
    argparse.ArgumentParser(description=__doc__, epilog=example).parse_args()
    README.write_text(with_tables(README.read_text("utf-8")), "utf-8")
