"""The reader, on pictures whose text is known because it is drawn here."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from local.gemini.recognition.net import WEIGHTS
from local.gemini.recognition.reader import MOST_LINES, Line, Reader

ROOT = Path(__file__).parents[4]
FONT = ROOT / "shared/overlay/fonts/NotoSans-Regular.ttf"
TEXT = "Fresh bread 2.80"
WORDS = (
    "Fishermen", "Children", "Bakers", "Musicians",
    "sing under the trees", "open at seven", "sell bread", "wait for the boat", "run home",
)  # fmt: skip
RECEIPT = (
    "CORNER GROCER; 12 Harbour Street; Tel. 555 0142; 2026-03-14; 17:42; 2 Apples; 1.20; "
    "Rye bread; 3.80; Oat milk 1L; 2.45; Butter 250 g; 3.10; Lemon; 0.55; Coffee 500 g; 8.90; "
    "TOTAL; 20.00; Cash; 50.00; Change; 30.00; Thank you!; No. 000317"
)
PAPER, INK = (248, 246, 240), (30, 30, 34)


@cache
def reader() -> Reader:
    return Reader(WEIGHTS)


def read(picture: np.ndarray) -> list[str]:
    return [line.text for line in reader().read(picture)]


def font(size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, size)


def grained(picture: Image.Image | np.ndarray, noise: float = 4) -> np.ndarray:
    grain = np.random.default_rng(7).normal(0, noise, np.shape(picture))
    return (np.asarray(picture) + grain).clip(0, 255).astype(np.uint8)


def sheet(size: tuple[int, int], *texts, ink=INK, paper=PAPER) -> np.ndarray:
    """Each of `texts` is left, top, height and what is written there: drawn large and shrunk."""
    image = Image.new("RGB", (3 * size[0], 3 * size[1]), paper)
    for left, top, high, text in texts:
        ImageDraw.Draw(image).text((3 * left, 3 * top), text, fill=ink, font=font(3 * high))
    return grained(image.resize(size, Image.Resampling.BOX))


def placed(corners: np.ndarray, size: tuple[int, int] = (640, 480)) -> np.ndarray:
    """A strip with TEXT whose corners, clockwise from its upper left, are put there."""
    left, top, right, bottom = font(48).getbbox(TEXT)
    wide, high = right - left + 24, bottom - top + 24
    strip = Image.new("RGB", (wide, high), PAPER)
    ImageDraw.Draw(strip).text((12 - left, 12 - top), TEXT, fill=INK, font=font(48))
    from_ = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    turn = cv2.getPerspectiveTransform(from_, corners.astype(np.float32))
    wall = np.full((size[1], size[0], 3), 150, np.uint8)
    how = {"flags": cv2.INTER_AREA, "borderMode": cv2.BORDER_TRANSPARENT}
    return grained(cv2.warpPerspective(np.asarray(strip), turn, size, dst=wall, **how))


def turned(degrees: float, wide: float = 330, high: float = 52) -> np.ndarray:
    """The corners of a rectangle in the middle, turned clockwise."""
    angle = np.deg2rad(degrees)
    along = np.array([np.cos(angle), np.sin(angle)])
    down = np.array([-along[1], along[0]])
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 2
    return np.array([320, 240]) + signs[:, :1] * wide * along + signs[:, 1:] * high * down


@pytest.mark.parametrize("high", [11, 16, 28, 60, 130])
def test_a_line_of_any_size_is_read(high: int) -> None:
    assert read(sheet((1000, 400), (40, 120, high, "Platform 7"))) == ["Platform 7"]


@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        pytest.param((255, 255, 255), (25, 60, 150), id="white on blue"),
        pytest.param((240, 215, 40), (40, 40, 40), id="yellow on black"),
        pytest.param((190, 30, 30), (245, 240, 220), id="red on cream"),
        pytest.param((90, 90, 90), (160, 160, 160), id="grey on grey"),
    ],
)
def test_a_line_of_any_colour_is_read(ink, paper) -> None:
    picture = sheet((480, 200), (40, 70, 36, TEXT), ink=ink, paper=paper)

    assert read(picture) == [TEXT]


@pytest.mark.parametrize("degrees", [-25, 8, 40, 90, 180, 270])
def test_a_line_is_read_whichever_way_it_stands(degrees: float) -> None:
    corners = turned(degrees)

    (line,) = reader().read(placed(corners))

    assert line.text == TEXT
    assert np.abs(line.quad - corners).max() < 30  # of 330: it begins at the same corner


@pytest.mark.parametrize("shrinks", [0.7, 0.5])
def test_a_line_that_leads_away_is_read(shrinks: float) -> None:
    corners = turned(-6, wide=400, high=80)
    corners[1:3] = corners[1:3].mean(0) + (corners[1:3] - corners[1:3].mean(0)) * shrinks

    assert read(placed(corners)) == [TEXT]


@pytest.mark.parametrize(
    ("size", "high", "lines"),
    [
        pytest.param((674, 1024), 12, 35, id="a page as it is sent to a model"),
        pytest.param((1000, 1520), 22, 35, id="a page", marks=pytest.mark.slow),
    ],
)
def test_a_page_is_read_nearly_whole_and_in_order(size, high: int, lines: int) -> None:
    pitch = size[1] // (lines + 2)
    texts = [f"{WORDS[i % 4]} {WORDS[4 + i % 5]} on page {101 + i}" for i in range(lines)]

    found = read(sheet(size, *((60, pitch * (i + 1), high, text) for i, text in enumerate(texts))))

    assert len(found) == lines
    assert sum(one == other for one, other in zip(found, texts, strict=True)) >= lines - 2


def test_small_print_is_read_beside_large_letters() -> None:
    small = "Children under twelve are free."
    picture = sheet((1024, 1200), (60, 60, 190, "SUMMER"), (60, 1120, 15, small))

    assert read(picture) == ["SUMMER", small]


def test_columns_are_read_one_by_one() -> None:
    left = ["The harbour opens", "at seven in the", "morning, and closes", "when the last boat"]
    right = ["Fishermen sell", "what they caught", "from their boats,", "and bread is fresh"]
    columns = [(40, 40 + 40 * i, 24, text) for i, text in enumerate(left)]
    columns += [(360, 46 + 40 * i, 24, text) for i, text in enumerate(right)]

    assert read(sheet((640, 240), *columns)) == [*left, *right]


def test_goods_are_read_with_their_prices() -> None:
    goods = [("Apples", "1.20"), ("Rye bread", "3.80"), ("Lemon", "0.55"), ("Butter", "3.10")]
    bill = [(40, 40 + 40 * i, 24, text) for i, (text, _) in enumerate(goods)]
    bill += [(480, 40 + 40 * i, 24, text) for i, (_, text) in enumerate(goods)]

    assert read(sheet((640, 240), *bill)) == [*sum(goods, ())]


@pytest.mark.slow
def test_more_lines_than_the_most_are_left_out() -> None:
    texts = [(20 + 90 * (i % 10), 12 + 26 * (i // 10), 15, f"A{100 + i}") for i in range(340)]

    found = read(sheet((920, 920), *texts))

    assert 0.9 * MOST_LINES < len(found) <= MOST_LINES


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(np.full((480, 640, 3), 128, np.uint8), id="flat"),
        pytest.param(grained(np.full((200, 300, 3), 128), noise=60), id="noise"),
        pytest.param(np.tile(np.arange(640) / 2.5, (480, 1)).astype(np.uint8), id="a slope"),
        pytest.param(np.kron(np.eye(16) * 255, np.ones((30, 40))).astype(np.uint8), id="tiles"),
        pytest.param(np.zeros((1, 1, 3), np.uint8), id="a pixel"),
        pytest.param(np.zeros((12, 3000, 3), np.uint8), id="a strip"),
    ],
)
def test_nothing_is_read_where_no_text_is(picture: np.ndarray) -> None:
    rgb = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, 2)

    assert read(rgb) == []


def sample(name: str) -> np.ndarray:
    with Image.open(ROOT / "samples" / name) as image:
        image.thumbnail((1024, 1024))
        return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("name", ["cup.png", "chickens.jpg", "crab.jpg", "duck.jpg"])
def test_nothing_is_read_in_photos_without_text(name: str) -> None:
    assert read(sample(name)) == []


def test_round_coins_are_no_zeros() -> None:
    with Image.open(Path(__file__).parent / "coins.png") as image:
        assert read(np.asarray(image.convert("RGB"))) == []


def test_the_receipt_is_read() -> None:
    assert read(sample("receipt.jpg")) == RECEIPT.split("; ")


def test_every_thread_gets_the_same_lines() -> None:
    pictures = [placed(turned(degrees)) for degrees in (0, 90)]
    alone = [told(reader().read(picture)) for picture in pictures]

    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(reader().read, pictures * 2))

    assert [told(lines) for lines in together] == alone * 2


def told(lines: tuple[Line, ...]) -> list:
    return [(line.text, line.score, line.quad.tolist()) for line in lines]
