"""Digests are kept as `sha256sum` writes them, and say which file is another."""

from pathlib import Path

from tools.weights import sums


def test_kept_digests_name_the_files_that_changed_or_are_gone(tmp_path: Path) -> None:
    for name in ("a.onnx", "b.txt", "c.npy"):
        (tmp_path / name).write_text(name)
    sums.store(tmp_path, ["c.npy", "a.onnx", "b.txt"])
    assert sums.differing(tmp_path) == []

    (tmp_path / "a.onnx").write_text("changed")
    (tmp_path / "c.npy").unlink()

    assert sums.differing(tmp_path) == ["a.onnx", "c.npy"]


def test_they_are_in_the_format_of_sha256sum(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_text("a")

    sums.store(tmp_path, ["a.onnx"])

    assert (tmp_path / sums.NAME).read_text() == (
        "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  a.onnx\n"
    )
