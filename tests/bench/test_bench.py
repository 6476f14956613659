"""Every family of measurements runs at its smallest size and reports its figures."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
import requests
from PIL import Image

from bench import (
    __main__,
    cloud,
    coldstart,
    concurrency,
    documented,
    gallery,
    guide,
    ingest,
    memory,
    neighbours,
    peers,
    photo,
    pixels,
    plot,
    report,
    together,
)
from bench.counting import counting
from bench.supervision import PYTHON
from bench.timing import Spent, medians
from shared import answers
from shared.masks import area
from shared.model import Size
from shared.overlay.style import Style
from testbed.target import target

pytestmark = pytest.mark.slow

TINY = Size(320, 240)
STYLE = Style(stroke=4, rim=3, thin=2, halo=1, text=11, padding=3)


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """Restores the environment that a family sets for its processes."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


def keys(found: report.Report) -> set[str]:
    """The keys of every row."""
    (told,) = {tuple(row) for row in found.rows}
    return set(told)


def test_the_pixels_of_a_job_are_measured_as_a_multiple_of_the_floor() -> None:
    found = pixels.run(1, [TINY], ["JPEG", "HEIF"])

    assert [row["format"] for row in found.rows] == ["JPEG", "HEIF"]
    assert keys(found) > {"floor_ms", "1_boxes", "10_boxes", "50_boxes", "1_masks", "50_masks"}
    assert all(row["floor_ms"] > 0 and row["50_masks"] > row["1_boxes"] > 0 for row in found.rows)


def test_a_job_makes_an_overlay_with_all_things_on_it() -> None:
    data = photo.encoded(photo.picture(TINY), "JPEG")

    with_none, with_ten = (pixels.whole(data, photo.answer(n, masks=True)) for n in (0, 10))

    assert with_none != with_ten


def test_answers_hold_as_many_things_as_they_are_to_and_all_with_masks() -> None:
    found = answers.masked_objects(photo.answer(50, masks=True), Size(4000, 3000), 100, 127)

    assert [thing.provenance for thing in found.objects] == ["exact"] * 50


def test_the_peer_is_measured_beside_us_or_visibly_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = peers.run(1, [TINY], ["HEIF", "JPEG"], [2])

    unread, row = found.rows
    assert unread["supervision_draw"] is None  # OpenCV cannot read it
    assert row["draw_ms"] > 0
    assert row["file_to_floor"] > 0
    if PYTHON.exists():
        assert row["supervision_draw"] > 0
        assert row["supervision_file"] > 0
    else:
        assert row["supervision_draw"] is None
        assert "make interop" in capsys.readouterr().err


def test_the_documented_example_is_slower_and_our_pixels_are_the_references() -> None:
    found = guide.run(1, [3], side=200)

    (row,) = found.rows
    assert row["pixels_differ"] == 0
    assert row["documented_whole"] > 1
    assert row["documented_loop"] > 1


def test_pixels_that_differ_from_the_reference_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    picture = photo.picture(TINY)
    found = answers.masked_objects(photo.answer(3, masks=True), TINY, 100, 127)
    masks = [thing.mask for thing in found.objects if thing.mask]
    monkeypatch.setattr(guide, "tinted", lambda picture, *_: picture)

    assert guide.differing(picture, masks, STYLE) > sum(map(area, masks)) // 2


def test_the_documented_example_writes_two_pictures_per_thing(tmp_path: Path) -> None:
    picture = photo.picture(Size(120, 90))

    documented.whole(picture, photo.answer(2, masks=True), tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "0_mask.png",
        "0_overlay.png",
        "1_mask.png",
        "1_overlay.png",
    ]
    with Image.open(tmp_path / "1_overlay.png") as shown:
        assert shown.size == picture.size


def test_a_jobs_memory_is_measured_for_worker_and_decoder() -> None:
    found = memory.run([TINY], ["JPEG"])

    (row,) = found.rows
    assert row["worker"] >= row["idle"] > 10
    assert row["both"] == row["worker"] + row["decoder"] > row["worker"]
    assert row["fits_1_gib"] == "yes"


def test_jobs_at_once_are_more_than_jobs_one_by_one() -> None:
    found = concurrency.run({"detect": [4], "segment": []}, TINY, 0.5, one_by_one=3)

    one, four, masks = found.rows
    assert (one["at_once"], four["at_once"], masks["at_once"]) == (1, 4, 1)
    assert masks["cpu_ms"] > 0
    assert four["times_one"] > 1.2
    assert four["memory_mib"] > 10


def test_a_cold_start_is_measured_against_importing_everything() -> None:
    found = coldstart.run(1, ("gallery", "everything"))

    light, all_of_it = found.rows
    assert 0 < light["until_it_listens"] <= light["until_first_answer"]
    assert light["of_everything"] < all_of_it["of_everything"] == 1


def test_ingest_reads_no_more_of_a_large_upload() -> None:
    found = ingest.run([0.5, 3])

    small, large = found.rows
    assert large["upload_bytes"] == 3_000_000
    assert 65_536 <= small["read_bytes"] < 70_000
    assert abs(large["read_bytes"] - small["read_bytes"]) < 100


def test_bytes_on_the_wire_are_counted_on_their_way_back() -> None:
    with target() as server, counting(int(server.url.rpartition(":")[2])) as counter:
        server.otherwise = (200, {}, b"x" * 1000)
        answer = requests.post(f"http://127.0.0.1:{counter.port}", b"y" * 5000, timeout=180)

        assert answer.content == b"x" * 1000
        assert 1000 < counter.received < 1500


def test_a_neighbour_without_money_is_measured_beside_none_and_one_with_money() -> None:
    found = neighbours.run(1, TINY, 3, 2)

    assert [row["neighbour"] for row in found.rows] == ["alone", "no_money", "money"]
    assert all(row["p95_ratio"] > 0 for row in found.rows)


def test_the_local_cloud_is_measured_by_results_per_second() -> None:
    found = cloud.run([1, 3], 2, TINY)

    assert [row["photos"] for row in found.rows] == [1, 3]
    assert all(row["results_per_second"] > 0 for row in found.rows)
    assert all(row["p95_ms"] >= row["p50_ms"] > 0 for row in found.rows)


def test_the_page_is_measured_with_few_records_and_with_many() -> None:
    code = "import json; from bench import gallery; r = gallery.run(1, (100, 1_000)).rows"
    told = subprocess.run(  # a process of its own: this one's clients know another storage
        [sys.executable, "-c", f"{code}; print(json.dumps([*r]))"],
        capture_output=True,
        text=True,
        check=True,
    )

    rows = json.loads(told.stdout.splitlines()[-1])
    assert [row["question"] for row in rows] == [*gallery._QUESTIONS]
    assert {tuple(row) for row in rows} == {("question", "100_ms", "1000_ms", "ratio")}


def test_variants_take_turns_and_the_first_of_each_does_not_count() -> None:
    turns = []

    def variant(name: str, seconds: list[float]):
        def run() -> Spent:
            turns.append(name)
            return Spent(cpu := seconds.pop(0), cpu)

        return run

    found = medians({"a": variant("a", [9, 1, 3, 2]), "b": variant("b", [9, 5, 5, 4])}, 3)

    assert turns == ["a", "b"] * 4
    assert found == {"a": Spent(2, 2), "b": Spent(5, 5)}


def test_what_cannot_be_measured_is_a_dash_and_drawn_as_one() -> None:
    row = {
        "format": "HEIF",
        "megapixels": 12.2,
        "objects": 1,
        "supervision_draw": None,
        "supervision_file": 2.5,
    }
    found = report.Report("A & B", [row])

    drawn = ElementTree.fromstring(plot.svg(report.document("peers", found)))

    assert report.text(found).splitlines()[2].split() == ["HEIF", "12.2", "1", "-", "2.50"]
    said = [each.text for each in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert "A & B" in said
    assert {"-", "2.5"} <= set(said)


def test_the_command_writes_what_it_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "job.json"
    found = report.Report("A title", [{"objects": 1200, "floor_ms": 3.14159}], ["A note."])
    monkeypatch.setitem(__main__._FAMILIES, "job", lambda _: found)
    monkeypatch.setattr(sys, "argv", ["bench", "job", "--json", str(file)])

    __main__.main()

    told = json.loads(file.read_text())
    assert told["bench"] == "job"
    assert told["rows"] == found.rows
    assert set(told["machine"]) == {"cpus", "load", "processor", "python", "pillow"}
    said = capsys.readouterr().out.splitlines()
    assert said == ["A title", "objects  floor ms", "  1,200      3.14", "A note."]


def test_a_table_is_drawn_from_its_file_and_anything_else_refused_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table, target = tmp_path / "cloud.json", tmp_path / "cloud.svg"
    row = {"photos": 10, "results_per_second": 7.5, "p50_ms": 130, "p95_ms": 150}
    table.write_text(json.dumps(report.document("cloud", report.Report("Pace", [row]))))
    monkeypatch.setattr(sys, "argv", ["plot", str(table), str(target)])

    plot.main()
    table.write_text("no JSON")
    with pytest.raises(SystemExit, match="2"):
        plot.main()

    assert "7.5" in target.read_text()
    assert f"{table} cannot be drawn: " in capsys.readouterr().err


def test_help_names_every_family_and_shows_an_example(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", "--help"])

    with pytest.raises(SystemExit, match="0"):
        __main__.main()

    said = capsys.readouterr().out
    assert "example:" in said
    assert [name for name in __main__._FAMILIES if f"\n{name} " not in said] == []
    assert set(plot._SHOWN) == set(plot._NAMED) == set(__main__._FAMILIES) - {"alerts", "together"}


def test_tasks_in_one_call_find_the_same_for_one_call_instead_of_several() -> None:
    found = together.run(("segment", "caption"), together.photos()[:1])

    apart, one = found.rows
    assert (apart["calls"], one["calls"]) == (2, 1)
    assert one["prompt_tokens"] < apart["prompt_tokens"]
    assert one["storage_requests"] < apart["storage_requests"]
    assert apart["objects"] == one["objects"]
    assert found.notes == ["The same objects, text and labels: 1 of 1"]


def test_what_has_no_figures_is_not_drawn() -> None:
    with pytest.raises(SystemExit, match="alerts has no figures to draw"):
        plot.svg({"bench": "alerts", "rows": []})
