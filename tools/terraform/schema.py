"""Writes schema.json: the arguments of the types that terraform/ uses, and of some it may use.

    terraform -chdir=terraform providers schema -json | python -m tools.terraform.schema

where terraform has downloaded the real providers (`terraform init`). Descriptions are left out.
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.terraform.providers import SCHEMA

ROOT = Path(__file__).parents[2]
_TYPE = re.compile(r'^(resource|data) "(google_\w+|time_\w+)"', re.MULTILINE)
_KINDS = {"resource": "resource_schemas", "data": "data_source_schemas"}
_NOT_NEEDED = {"description", "description_kind", "deprecated"}
_ORIGIN = (
    "Derived from hashicorp/terraform-provider-google 8.7.0 and terraform-provider-time (MPL-2.0). "
    "This file is subject to the Mozilla Public License 2.0: https://mozilla.org/MPL/2.0/"
)


def used(folder: Path = ROOT / "terraform") -> dict[str, set[str]]:
    """The types that the files of a folder use: of resources, and of data."""
    text = "\n".join(path.read_text("utf-8") for path in sorted(folder.rglob("*.tf")))
    found = _TYPE.findall(text)
    return {key: {name for kind, name in found if kind == each} for each, key in _KINDS.items()}


def trimmed(whole: Mapping[str, Any], wanted: Mapping[str, set[str]]) -> dict[str, Any]:
    """The schema of these types alone, with what the protocol needs of each."""
    providers = {
        name: {
            "provider": _bare(each["provider"]),
            **{
                kind: {
                    type_: _bare(schema)
                    for type_, schema in sorted(each.get(kind, {}).items())
                    if type_ in names
                }
                for kind, names in wanted.items()
            },
        }
        for name, each in sorted(whole["provider_schemas"].items())
    }
    return {"//": _ORIGIN, "provider_schemas": providers}


def _bare(node: Any) -> Any:
    """Without descriptions; an attribute may be called `description`, too."""
    if not isinstance(node, dict):
        return node
    return {
        key: _bare(each)
        for key, each in node.items()
        if key not in _NOT_NEEDED or isinstance(each, dict)
    }


def main() -> int:
    """Read the whole schema, and write what is needed of it."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.terraform.schema",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--also", nargs="*", default=[], metavar="TYPE", help="types that no file uses yet"
    )
    given = parser.parse_args()
    wanted = {kind: names | set(given.also) for kind, names in used().items()}
    found = trimmed(json.load(sys.stdin), wanted)
    SCHEMA.write_text(json.dumps(found, separators=(",", ":")) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
