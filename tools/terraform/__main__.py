"""`make check-terraform`: format, arguments and tests of terraform/, without a cloud or a download.

`terraform fmt`, `validate` and `test`, of the root and of the module, with providers that know only
their schema. Not checked: whether Google agrees, arguments that exclude each other, patterns of
names. See docs/deploy.md.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.terraform import providers

ROOT = Path(__file__).parents[2]
FOLDERS = ("terraform/darkroom", "terraform")
_EXAMPLE = """\
example:
  make check-terraform
  make check-terraform ARGS="-filter=tests/iam.tftest.hcl"
"""


def main() -> int:
    """Check, and return 1 if something is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.terraform",
        description=__doc__,
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _, more = parser.parse_known_args()  # arguments of `terraform test`
    if shutil.which("terraform") is None:
        print("skipped: terraform is not installed")
        return 0
    with tempfile.TemporaryDirectory() as scratch, providers.running(Path(scratch)) as attached:
        told = [check(ROOT / folder, Path(scratch), attached, more) for folder in FOLDERS]
    return 0 if all(told) else 1


def check(
    folder: Path, scratch: Path, attached: Mapping[str, str], more: Sequence[str] = ()
) -> bool:
    """Whether a folder is well-formed, valid, and passes its tests; what is not is printed."""
    steps = (
        ("fmt", "-check", "-diff"),
        ("init", "-backend=false", "-input=false"),
        ("validate",),
        ("test", *_known(folder, more)),
    )
    environment = _environment(scratch / folder.name, attached)
    for name, *options in steps:
        command = ("terraform", f"-chdir={folder}", name, "-no-color", *options)
        if name == "test" and not list(folder.glob("tests/*.tftest.hcl")):
            continue
        ended = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        )
        if ended.returncode:
            print(f"failed   {folder.name}: terraform {name}\n{ended.stdout}{ended.stderr}")
            return False
        last = ended.stdout.strip().splitlines()[-1:] or [""]
        print(f"ok       {folder.name}: terraform {name}  {last[0]}", flush=True)
    return True


def _known(folder: Path, more: Sequence[str]) -> list[str]:
    """The options for `terraform test`; a filter only where its file is."""
    return [
        each
        for each in more
        if not each.startswith("-filter=") or (folder / each.removeprefix("-filter=")).exists()
    ]


def _environment(data: Path, attached: Mapping[str, str]) -> dict[str, str]:
    """Nothing of the caller's own Terraform; nothing is left in the folder."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    return {
        **mine,
        **attached,
        "TF_DATA_DIR": str(data),
        "TF_CLI_CONFIG_FILE": os.devnull,
        "CHECKPOINT_DISABLE": "1",
    }


if __name__ == "__main__":
    sys.exit(main())
