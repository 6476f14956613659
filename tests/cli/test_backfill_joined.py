"""Uploads and their records, joined from two sorted listings."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from cli.backfill.joined import merged
from shared.border.storage import Listed
from shared.model import ImageRef, Upload

# Few letters, among them those around the slash: names that begin with one another are common.
names = st.text("a./0", min_size=1, max_size=6).filter(lambda name: name not in {".", ".."})
records = st.tuples(st.sampled_from(["detect", "caption"]), st.integers(0, 3), st.integers(1, 2))


def upload(name: str) -> Upload:
    return Upload(ImageRef("uploads", name, 1), 1, "image/jpeg", None, 0.0)


def record(name: str, each: tuple[str, int, int]) -> str:
    task, key, generation = each
    return f"{name}/{generation}/{task}-{key:012x}/result.json"


@given(st.dictionaries(names, st.lists(records, max_size=3), max_size=8))
def test_each_upload_has_its_own_records_whatever_the_names(
    found: dict[str, list[tuple[str, int, int]]],
) -> None:
    stored = sorted({record(name, each) for name, these in found.items() for each in these})
    listed = [Listed(name, 1, 0.0, {"status": "done"}) for name in stored]

    joined = list(merged(map(upload, sorted(found)), listed))

    assert sorted(each.ref.name for each, _ in joined) == sorted(found)
    for each, taken in joined:
        name = each.ref.name
        mine = {record(name, one) for one in found[name] if one[2] == 1}
        assert {one.name for one in taken} == mine
        assert len(taken) == len(mine)


def test_records_are_read_no_further_than_the_last_upload_needs() -> None:
    read = list[str]()

    def listing() -> Iterator[Listed]:
        for name in ("a/1/detect-000000000001/result.json", "b", "c", "d"):
            read.append(name)
            yield Listed(name, 1, 0.0, {})

    ((_, taken),) = merged([upload("a")], listing())

    assert (len(taken), read) == (1, ["a/1/detect-000000000001/result.json", "b"])


def test_a_million_uploads_without_records_do_not_wait() -> None:
    held = merged(
        (upload(f"{number:07}") for number in range(1_000_000)), [Listed("z", 1, 0.0, {})]
    )

    first, *_ = next(held)

    assert first.ref.name == "0000000"
