"""`darkroom export`, against the local cloud."""

import json
import os
import signal
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from shared import exports
from shared.exports import Choice
from shared.exports.folder import Folder
from shared.jobs import index, records
from testbed.cloud import Cloud
from testbed.uploads import heic_files
from tests.documents import read_back
from tests.photos import SIZE, Scene
from tests.shared.exports.exporting import (
    RING,
    command,
    document,
    done,
    erase,
    files,
    put,
    rejected,
    seen,
    spoil,
)
from tests.terminal import at_a_terminal

pytestmark = pytest.mark.usefixtures("quiet")
ALL = ["coco", "yolo-detect", "yolo-segment", "voc", "label-studio", "cvat", "csv", "jsonl"]
ALL += ["bigquery"]


def export(out: Path, form: str, *options: object) -> dict[str, bytes]:
    """What an export made, by file."""
    ended = command("--format", form, "--out", out, *options)
    assert ended.exit_code == 0, ended.output
    return files(out)


def told(out: Path, form: str, *options: object) -> str:
    """What it said."""
    ended = command("--format", form, "--out", out, *options)
    assert ended.exit_code == 0, ended.output
    return ended.output


def test_it_exports_done_photos_newest_first_and_says_how_many(tmp_path: Path) -> None:
    put(done(seen("cat"), name="one.jpg"))
    put(rejected("note.txt"))
    put(done(seen("ring", RING), name="two.jpg"))

    said = told(tmp_path / "out", "coco")

    found = json.loads((tmp_path / "out/annotations.json").read_text())
    assert [each["coco_url"].rpartition("/")[2] for each in found["images"]] == [
        "two.jpg",
        "one.jpg",
    ]
    assert "2 photos were exported.\n2 objects were exported.\n" in said
    assert not (tmp_path / "out.unfinished").exists()


def test_tables_have_every_record_whatever_became_of_it(tmp_path: Path) -> None:
    records = [put(rejected("note.txt")), put(done(seen("cat")))]

    lines = export(tmp_path / "all", "jsonl")[""].splitlines()
    rejects = export(tmp_path / "some", "jsonl", "--status", "rejected")[""].splitlines()

    assert [json.loads(line) for line in lines] == read_back(records[::-1])
    assert [json.loads(line) for line in rejects] == read_back(records[:1])


def test_it_takes_a_part_by_name_task_and_time(tmp_path: Path) -> None:
    old = put(done(seen("cat"), name="in/a.jpg"))
    put(done(seen("cat"), name="in/a.jpg", task="detect"))
    put(done(seen("cat"), name="out/b.jpg"))
    newest = next(index.newest())

    def names(*options: object) -> list[str]:
        out = tmp_path / "-".join(map(str, options)).replace("/", "_")
        lines = export(out, "jsonl", *options)[""].splitlines()
        return [f"{each['task']} {each['images'][0]['name']}" for each in map(json.loads, lines)]

    assert names("--prefix", "in/") == ["detect in/a.jpg", "segment in/a.jpg"]
    assert names("--prefix", "in/", "--task", "detect") == ["detect in/a.jpg"]
    assert len(names("--since", old.created[:19])) == 3
    assert names("--since", "2999-01-01") == []
    assert newest.name == "out/b.jpg"


@pytest.mark.parametrize("form", ALL)
def test_two_exports_agree_whatever_was_added_between(tmp_path: Path, form: str) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        put(done(seen("cat"), seen("ring", RING), name=f"in/{name}"))
    before = export(tmp_path / "before", form, "--prefix", "in/")
    put(done(seen("aardvark"), name="elsewhere.jpg"))

    after = export(tmp_path / "after", form, "--prefix", "in/")

    assert before == after


@pytest.mark.slow
def test_an_export_that_was_killed_goes_on_and_ends_in_the_same_bytes(tmp_path: Path) -> None:
    for number in range(130):
        ended = done(seen(f"thing {number % 7}", RING), name=f"{number}.jpg")
        index.add(records.commit(ended).record)
    forms = ("coco", "yolo-segment", "csv")
    said = [told(tmp_path / f"whole {form}", form).splitlines()[:-1] for form in forms]
    for form in forms:
        die_amid(tmp_path / form, form)
    put(done(seen("later"), name="later.jpg"))

    assert [command("--format", form, "--out", tmp_path / form).exit_code for form in forms] == [
        *(1, 1, 1)
    ]
    said_again = [told(tmp_path / form, form, "--resume").splitlines()[:-1] for form in forms]

    assert said_again == said
    for form in forms:
        assert files(tmp_path / form) == files(tmp_path / f"whole {form}")


DYING = """
import os, sys
from cli.app import app
from shared.exports.folder import Folder

class Count:
    written = 0

def dying(call):
    def called(self, *told):
        call(self, *told)
        Count.written += bool((self._root / "mark.json").read_text().count('"counts": {"'))
        if Count.written == 20:
            os.kill(os.getpid(), 9)
    return called

Folder.write = dying(Folder.write)
app(["export", *sys.argv[1:]])
"""


def die_amid(out: Path, form: str) -> None:
    """Kill an export some pieces after its first mark beyond the beginning."""
    ended = subprocess.run(
        [sys.executable, "-c", DYING, "--format", form, "--out", str(out)],
        env=os.environ,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    assert not out.exists()


def test_it_goes_on_only_with_what_was_begun(tmp_path: Path) -> None:
    put(done(seen("cat")))
    Folder(tmp_path / "out").start({"asked": ["other"], "place": {}, "labels": [], "counts": {}})

    ended = command("--format", "coco", "--out", tmp_path / "out", "--resume")

    assert ended.exit_code == 2
    assert "begun with other options" in ended.output


def test_what_another_version_began_is_refused_with_a_sentence(tmp_path: Path) -> None:
    put(done(seen("cat")))
    asked = [
        {
            "format": "coco",
            "images": "link",
            "polygons": False,
            "labels": [],
            "corrections": False,
        },
        {"prefix": "", "since": "", "task": "", "status": "done"},
    ]
    Folder(tmp_path / "out").start({"asked": asked, "after": "", "labels": [], "counts": {}})

    ended = command("--format", "coco", "--out", tmp_path / "out", "--resume")

    assert ended.exit_code == 2
    assert "of another version: delete it" in ended.output


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")

    assert command("--format", "csv", "--out", tmp_path / "out").exit_code == 2
    assert "is finished" in command("--format", "csv", "--out", tmp_path / "out", "--resume").output

    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.parametrize(
    "options",
    [
        *(("--format", "coco", "--status", "failed"), ("--format", "voc", "--polygons")),
        *(("--format", "csv", "--images", "copy"), ("--format", "jsonl", "--labels", "a")),
    ],
    ids=" ".join,
)
def test_an_option_that_means_nothing_is_refused(tmp_path: Path, options: tuple[str]) -> None:
    assert command(*options, "--out", tmp_path / "out").exit_code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("form", "counted"), [("csv", "0 records"), ("jsonl", "0 records"), ("coco", "0 photos")]
)
def test_an_export_of_nothing_says_so_and_how_many(tmp_path: Path, form: str, counted: str) -> None:
    put(done(seen("cat")))

    said = told(tmp_path / "out", form, "--prefix", "nothing/")

    assert said.startswith(f"There are no such records.\n{counted} were exported.\nExported to ")


def test_json_has_the_counts(tmp_path: Path) -> None:
    put(done(seen("cat"), name="a.jpg"))
    put(done(seen("cat"), seen("ring", RING), name="b.jpg"))
    out = tmp_path / "out"

    first = json.loads(told(out, "voc", "--json"))
    again = json.loads(told(out, "voc", "--json", "--resume"))

    counts = {"read": 2, "photos": 2, "objects": 3, "masks": 1}
    assert (first["out"], counts.items() <= first["counts"].items()) == (str(out), True)
    assert again == {"out": str(out), "counts": None}


def test_at_a_terminal_it_counts_towards_the_total(tmp_path: Path) -> None:
    for number in range(3):
        put(done(seen("cat"), name=f"{number}.jpg"))
    put(done(seen("cat"), name="3.jpg", task="detect"))

    seen_there = at_a_terminal(
        "export", "--format", "csv", "--task", "segment", "--out", str(tmp_path / "out")
    )

    assert "exported 3 of 3" in seen_there
    assert "3 records were exported." in seen_there


@pytest.mark.parametrize("form", ALL)
def test_an_export_of_no_records_is_whole(tmp_path: Path, form: str) -> None:
    assert export(tmp_path / "out", form) or form == "voc"


def test_a_record_that_is_deleted_under_way_is_counted(tmp_path: Path) -> None:
    put(done(seen("cat"), name="a.jpg"))
    lost = done(seen("cat"), name="b.jpg")
    put(lost)
    erase(lost)

    said = told(tmp_path / "out", "coco")

    assert "1 photo was exported." in said
    assert "1 record was gone when it was to be read." in said


def test_a_record_that_cannot_be_read_is_counted_and_stops_nothing(tmp_path: Path) -> None:
    put(done(seen("cat"), name="a.jpg"))
    put(broken := done(seen("cat"), name="b.jpg"))
    spoil(broken)

    said = told(tmp_path / "out", "coco")

    assert "1 photo was exported." in said
    assert "1 record could not be read: written by another version, or broken." in said


# --- photos


def turned_heic(scene: Scene) -> bytes:
    stored = scene.upright().transpose(Image.Transpose.ROTATE_270)
    return heic_files.file([heic_files.picture_item(stored, heic_files.irot(1))])


@pytest.mark.parametrize(
    ("kind", "orientation", "data", "ending", "untouched"),
    [
        pytest.param("image/jpeg", 1, lambda s: s.stored("JPEG"), "jpg", True, id="JPEG"),
        pytest.param("image/webp", 1, lambda s: s.stored("WEBP"), "webp", True, id="WEBP"),
        pytest.param(
            "image/jpeg", 6, lambda s: s.stored("JPEG", 6), "jpg", False, id="turned JPEG"
        ),
        pytest.param(
            "image/webp", 3, lambda s: s.stored("WEBP", 3), "jpg", False, id="turned WEBP"
        ),
        pytest.param("image/png", 8, lambda s: s.stored("PNG", 8), "png", False, id="turned PNG"),
        pytest.param("image/heic", 1, turned_heic, "jpg", False, id="turned HEIC"),
    ],
)
def test_copied_photos_are_upright_and_whole(
    quiet: Cloud,
    tmp_path: Path,
    kind,
    orientation,
    data,
    ending,
    untouched,
) -> None:
    scene = Scene()
    ref = quiet.upload("in/thing", data(scene), kind)
    put(
        done(
            *(seen("red", box=scene.truth),),
            name=ref.name,
            generation=ref.generation,
            size=SIZE,
            kind=kind,
            orientation=orientation,
        )
    )

    made = export(tmp_path / "out", "voc", "--images", "copy")

    ((name, body),) = ((name, body) for name, body in made.items() if "JPEGImages/" in name)
    assert name.endswith(f".{ending}")
    assert (body == data(scene)) == untouched
    picture = Image.open(BytesIO(body))
    assert (picture.size, picture.getexif().get(0x0112, 1)) == (SIZE, 1)
    red, _, blue = picture.convert("RGB").getpixel((scene.truth.left + 9, scene.truth.top + 9))
    assert (red > 180, blue < 80) == (True, True)
    stem = Path(name).stem
    assert f"Annotations/{stem}.xml" in made
    assert f"<filename>{stem}.{ending}</filename>" in made[f"Annotations/{stem}.xml"].decode()


def test_a_photo_that_is_gone_or_broken_is_counted_and_its_labels_stay(
    quiet: Cloud,
    tmp_path: Path,
) -> None:
    put(done(seen("cat"), name="gone.jpg"))
    broken = quiet.upload("broken.jpg", b"\xff\xd8\xffnot any more")
    put(done(seen("cat"), name="broken.jpg", generation=broken.generation, orientation=6))

    said = told(tmp_path / "out", "yolo-detect", "--images", "copy")

    assert "1 photo was gone and could not be copied." in said
    assert "1 photo could not be turned upright for copying." in said
    assert len(list((tmp_path / "out/labels").iterdir())) == 2


def test_a_list_says_which_file_is_which_photo(tmp_path: Path) -> None:
    put(done(seen("cat"), name="a/é\t.jpg", generation=7))

    made = export(tmp_path / "out", "yolo-detect")
    without = export(tmp_path / "none", "yolo-detect", "--images", "none")

    (line,) = map(json.loads, made["images.jsonl"].splitlines())
    assert (line["url"].split("/", 3)[3], line["generation"]) == ("a/é\t.jpg", 7)
    assert f"labels/{Path(line['file']).stem}.txt" in made
    assert {*made} - {*without} == {"images.jsonl"}


# --- many


@pytest.mark.slow
def test_memory_does_not_grow_with_the_records(tmp_path: Path) -> None:
    found = document(done(*(seen(f"thing {each}", RING) for each in range(5))))

    def peak(count: int) -> int:
        tally = exports.Tally()
        folder = Folder(tmp_path / str(count))
        folder.start({})
        writer = exports.format_of(Choice("coco", "link", polygons=False, labels=()), tally)
        tracemalloc.start()
        for number in range(count):
            photo = replace(found.photo, generation=number + 1)
            for piece in writer.add(replace(found, images=(photo,))):
                folder.write(piece)
        folder.finish(writer.ending(), None)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    few, many = peak(1000), peak(4000)

    assert many - few < 3000 * 200  # bytes: the number of a photo; other threads allocate, too
