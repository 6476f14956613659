"""`make release`: the packages of a commit, the same bytes whoever makes them."""

import subprocess
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from terraform import package, release
from terraform.commands import Stop


def test_a_release_has_a_package_for_each_function_and_a_sum_for_each_package(
    tmp_path: Path,
) -> None:
    files = release.write(tmp_path / "dist")

    *packages, sums = files
    assert sorted(tmp_path.glob("dist/*")) == sorted(files)
    assert [each.name.rpartition("-")[0] for each in packages] == package.functions()
    assert sums.read_text() == "".join(
        f"{sha256(each.read_bytes()).hexdigest()}  {each.name}\n" for each in packages
    )


def test_nothing_of_it_depends_on_a_library_that_compresses(tmp_path: Path) -> None:
    *packages, _ = release.write(tmp_path / "dist")

    entries = [entry for each in packages for entry in zipfile.ZipFile(each).infolist()]
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
    assert {(entry.date_time, entry.create_system) for entry in entries} == {
        ((1980, 1, 1, 0, 0, 0), 3)
    }


def test_it_has_the_names_that_a_deploy_has(tmp_path: Path) -> None:
    deployed = package.write(tmp_path / "deployed")
    *released, _ = release.write(tmp_path / "dist")

    assert [each.name for each in released] == [each.name for each in deployed]


def test_what_was_in_the_folder_is_gone(tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/old").touch()

    assert tmp_path / "dist/old" not in release.write(tmp_path / "dist")
    assert not (tmp_path / "dist/old").exists()


def test_files_that_are_not_committed_are_not_released(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package, "ROOT", tmp_path)
    with pytest.raises(Stop, match="no git repository"):
        release.check_clean()
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    release.check_clean()
    (tmp_path / "new").touch()

    with pytest.raises(Stop, match=r"Commit these first(.|\n)*new"):
        release.check_clean()
