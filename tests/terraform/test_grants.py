"""The list of grants, which `terraform test` compares with tests/iam.txt, leaves none out."""

import re

from terraform.commands import MODULE

GRANT = r"google_\w+_iam_(?:member|binding|policy)"


def test_every_grant_is_in_the_list() -> None:
    text = "".join(path.read_text("utf-8") for path in sorted(MODULE.glob("*.tf")))
    made = {
        f"{kind}.{name}"
        for kind, name in re.findall(rf'^resource "({GRANT})" "(\w+)"', text, re.MULTILINE)
    }

    listed = set(re.findall(rf"{GRANT}\.\w+", text.partition("# All grants above")[2]))

    assert made
    assert made - listed == set()
