"""The files beside result.json, derived from the photo and the kept answer."""

from collections.abc import Iterator
from concurrent.futures import wait

from PIL import Image

from shared import beside, naming, overlay, tasks
from shared.border.storage import RESULTS
from shared.breaker import mark
from shared.images.developed import Developed
from shared.jobs.draft import Draft
from shared.masks import file
from shared.model import Artifact, Findings, Job, NoOverlay
from shared.overlay import sheet

_SMALL = 400  # pixels a side of a thumbnail
_QUALITY = 82  # of its JPEG


def no_overlay(job: Job) -> NoOverlay | None:
    """Why the job has no overlay; None if it has one."""
    if not job.request.get("overlay", True):
        return "switched_off"
    return None if tasks.draws(job.task) else "nothing_to_draw"


def written(
    job: Job, developed: list[Developed], findings: Findings, draft: Draft
) -> tuple[Artifact, ...]:
    """Write the overlays and the masks; files of an earlier delivery stay."""
    with draft.time("draw"):
        files = dict(_pictures(job, developed, findings))
        for index, found in enumerate(findings.objects):
            if found.mask:
                files[naming.mask(index)] = (file.png(found.mask), "image/png")
    folder = naming.folder(job)
    with draft.time("write"):
        writing = [
            beside.start(RESULTS.artifact, folder + name, body, kind)
            for name, (body, kind) in files.items()
        ]
        wait(writing)
        return tuple(each.result() for each in writing)


def _pictures(
    job: Job, developed: list[Developed], findings: Findings
) -> Iterator[tuple[str, tuple[bytes, str]]]:
    """The overlay and the thumbnail, as far as the job has them.

    The thumbnail of one photo is drawn for its size, before the overlay is drawn on the picture.
    """
    small = _small(developed) if job.request.get("thumbnail", True) else None
    if not no_overlay(job):
        drawn = _drawn(job, developed, findings)
        yield "overlay.jpg", (overlay.encode(drawn, comment=mark.of(job)), "image/jpeg")
    if small:
        if len(developed) == 1:
            overlay.draw_small(small, findings, developed[0].size)
        yield "thumbnail.jpg", (overlay.encode(small, _QUALITY, mark.of(job)), "image/jpeg")


def _small(developed: list[Developed]) -> Image.Image:
    """The photo for lists; of several photos, the first ones side by side."""
    if len(developed) == 1:
        return shrunk(developed[0].working)
    return sheet.draw([each.working for each in developed[: sheet.MOST]], len(developed), _SMALL)


def shrunk(picture: Image.Image) -> Image.Image:
    """A new picture for lists, in the same proportions; never enlarged."""
    scale = min(1.0, _SMALL / max(picture.size))
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.HAMMING, reducing_gap=1.0)


def _drawn(job: Job, developed: list[Developed], findings: Findings) -> Image.Image:
    """The photo with the findings drawn; of several photos, the first ones side by side."""
    if len(developed) == 1:
        working = developed[0].working  # a copy would cost as much as ten boxes
        overlay.draw(working, findings, developed[0].size)
        return working
    shown = [each.working for each in developed[: sheet.MOST]]
    return sheet.draw(shown, len(developed), job.request["overlay_side"] or None)
