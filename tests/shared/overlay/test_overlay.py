import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from math import nan
from unicodedata import normalize

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont, features

from shared import overlay
from shared.model import Box, Detection, Findings, Point, Size
from shared.overlay import encode, fonts
from shared.overlay.fonts import CHAIN, Run, coverage
from shared.overlay.fonts.line import clean, fitted, line

GREY = (128, 128, 128)


def blank(width, height, colour=GREY):
    return Image.new("RGB", (width, height), colour)


def drawn(picture, findings, original):
    """A copy of the picture with the objects drawn on it."""
    copy = picture.copy()
    overlay.draw(copy, findings, original)
    return copy


def found(*objects):
    return Findings(tuple(objects))


def changed(before, after):
    """The box around all pixels that differ; None if there are none."""
    return ImageChops.difference(before, after).getbbox()


def near(one, other, by):
    return all(abs(a - b) <= by for a, b in zip(one, other, strict=True))


def ink(text, size=40):
    """The text in black on white, cropped to what was drawn."""
    set_line = line(text, size)
    picture = Image.new("L", (set_line.width + 2 * size, 4 * size), 255)
    set_line.draw(ImageDraw.Draw(picture), size, 2 * size, "#000000")
    return picture.crop(ImageChops.invert(picture).getbbox())


# --- where things are drawn


@pytest.mark.parametrize("factor", [0.25, 0.5, 1, 2])
def test_a_box_is_drawn_where_the_object_is_at_the_scale_of_the_picture(factor):
    before = blank(round(800 * factor), round(600 * factor))

    after = drawn(before, found(Detection("", Box(200, 120, 600, 480))), Size(800, 600))

    expected = [edge * factor for edge in (200, 120, 600, 480)]
    assert near(changed(before, after), expected, by=1)  # the halo is one pixel here


def test_a_picture_scaled_unevenly_keeps_boxes_on_their_objects():
    before = blank(400, 600)

    after = drawn(before, found(Detection("", Box(200, 120, 600, 480))), Size(800, 600))

    assert near(changed(before, after), (100, 120, 300, 480), by=1)


def test_inside_and_outside_of_a_box_nothing_changes():
    before = Image.effect_noise((800, 600), 60).convert("RGB")

    after = drawn(before, found(Detection("", Box(200, 120, 600, 480))), Size(800, 600))

    inside = (206, 126, 594, 474)
    assert changed(before.crop(inside), after.crop(inside)) is None
    after.paste(before.crop((199, 119, 601, 481)), (199, 119))
    assert changed(before, after) is None


def test_a_stroke_has_a_dark_line_on_both_sides():
    after = drawn(blank(400, 300), found(Detection("", Box(100, 50, 300, 250))), Size(400, 300))

    dark, colour = after.getpixel((99, 150)), after.getpixel((100, 150))
    row = [after.getpixel((x, 150)) for x in (98, 99, 100, 101, 102, 103)]
    assert row == [GREY, dark, colour, colour, dark, GREY]
    assert max(dark) < 40 < 100 < max(colour)


def test_right_and_bottom_are_exclusive_so_a_box_of_everything_ends_at_the_last_pixel():
    after = drawn(blank(300, 200), found(Detection("", Box(0, 0, 300, 200))), Size(300, 200))

    corners = {after.getpixel(at) for at in [(0, 0), (299, 0), (0, 199), (299, 199)]}
    assert len(corners) == 1
    assert corners != {GREY}


def test_a_box_of_one_pixel_is_seen_even_when_scaled_away():
    before = blank(100, 100)

    after = drawn(before, found(Detection("", Box(5000, 5000, 5001, 5001))), Size(10_000, 10_000))

    assert near(changed(before, after), (50, 50, 51, 51), by=2)


def test_a_point_is_a_dot_around_its_pixel():
    before = blank(400, 300)

    after = drawn(before, found(Detection("", Point(400, 150))), Size(800, 600))

    left, top, right, bottom = changed(before, after)
    assert near(((left + right) / 2, (top + bottom) / 2), (200.5, 75.5), by=1)
    assert right - left < 20


def test_small_objects_stay_visible_on_large_ones():
    large = Detection("", Box(100, 100, 500, 400))
    small = Detection("x", Box(100, 100, 160, 150))  # another colour, the same corner

    one = drawn(blank(600, 500), found(small, large), Size(600, 500))
    other = drawn(blank(600, 500), found(large, small), Size(600, 500))

    assert changed(one, other) is None
    assert one.getpixel((100, 130)) != one.getpixel((100, 300))


def test_the_callers_picture_is_left_alone():
    picture = Image.effect_noise((320, 240), 60).convert("RGB")
    before = picture.copy()

    after = drawn(picture, found(Detection("cat", Box(10, 10, 200, 200), 0.9)), Size(320, 240))

    assert changed(before, picture) is None
    assert changed(before, after) is not None


def test_nothing_found_leaves_the_picture_as_it_is_but_is_still_a_new_one():
    picture = Image.effect_noise((320, 240), 60).convert("RGB")

    after = drawn(picture, Findings(), Size(640, 480))

    assert after is not picture
    assert changed(picture, after) is None


@pytest.mark.parametrize("ground", ["#000000", "#ffffff", "#ff4d4d", "#2ecc5a", "#4aa8ff"])
def test_lines_are_seen_on_any_ground(ground):
    picture = blank(200, 200, ground)
    for label in map(str, range(40)):  # more than the palette has
        box = drawn(picture, found(Detection(label, Box(50, 50, 150, 150))), Size(200, 200))

        row = box.convert("L").crop((45, 120, 60, 121)).getextrema()
        assert row[1] - row[0] > 60


# --- colours


def test_the_same_label_has_the_same_colour_in_any_picture_and_process():
    colour = "from shared.overlay.style import colour; print(colour('кот'), colour('dog'))"
    runs = [
        subprocess.run(
            [sys.executable, "-c", colour],
            capture_output=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        )
        for seed in ("1", "2")
    ]

    assert runs[0].stdout == runs[1].stdout
    for one, other in [("dog", "Dog"), ("cat", "CAT"), ("кот", "Кот")]:
        here = drawn(blank(300, 300), found(Detection(one, Box(50, 50, 250, 250))), Size(300, 300))
        there = drawn(blank(900, 900), found(Detection(other, Box(5, 5, 25, 25))), Size(30, 30))
        assert here.getpixel((50, 150)) == there.getpixel((151, 450))


def test_many_labels_have_many_colours():
    colours = {
        drawn(blank(90, 90), found(Detection(label, Box(0, 0, 90, 90))), Size(90, 90)).getpixel(
            (0, 45)
        )
        for label in ("cat", "dog", "shoe", "bag", "car", "tree", "cup", "book", "lamp", "key")
    }

    assert len(colours) >= 6


# --- tags


def test_a_tag_stands_above_its_box():
    before = blank(800, 600)

    after = drawn(before, found(Detection("cat", Box(200, 120, 600, 480))), Size(800, 600))

    left, top, right, bottom = changed(before, after)
    assert near((left, right, bottom), (200, 600, 480), by=1)
    assert 90 < top < 110


@pytest.mark.parametrize(
    "box",
    [
        pytest.param(Box(0, 0, 800, 600), id="everything"),
        pytest.param(Box(200, 0, 600, 300), id="touches the top"),
        pytest.param(Box(780, 590, 800, 600), id="bottom right corner"),
        pytest.param(Box(0, 0, 4, 4), id="top left corner"),
    ],
)
def test_a_tag_is_kept_whole_inside_the_picture(box):
    plain = drawn(blank(800, 600), found(Detection("", box)), Size(800, 600))

    after = drawn(blank(800, 600), found(Detection("wolverine", box, 0.5)), Size(800, 600))

    left, top, right, bottom = changed(plain, after)
    assert right - left > 70
    assert 0 <= top < bottom <= 600
    assert bottom - top >= 12 or box == Box(0, 0, 800, 600)


def test_a_small_object_is_not_hidden_by_its_own_stroke_or_tag():
    before = blank(400, 300)

    after = drawn(before, found(Detection("wolverine", Box(100, 0, 112, 12))), Size(400, 300))

    inside = (103, 3, 109, 9)
    assert changed(before.crop(inside), after.crop(inside)) is None
    assert changed(before, after)[3] > 20  # the tag is below


@pytest.mark.parametrize("at", [(0, 0), (799, 0), (0, 599), (799, 599)])
def test_a_tag_of_a_point_at_a_corner_stands_beside_it(at):
    plain = drawn(blank(800, 600), found(Detection("", Point(*at))), Size(800, 600))

    after = drawn(blank(800, 600), found(Detection("wolverine", Point(*at))), Size(800, 600))

    left, top, right, bottom = changed(plain, after)
    assert 50 < right - left < 120
    assert 14 < bottom - top < 40


def test_tags_of_boxes_that_share_a_corner_do_not_cover_each_other():
    cat, dog = Detection("cat", Box(200, 200, 600, 500)), Detection("dog", Box(200, 200, 590, 490))

    alone = drawn(blank(800, 600), found(cat), Size(800, 600))
    both = drawn(blank(800, 600), found(cat, dog), Size(800, 600))

    above, inside = (0, 0, 800, 199), (206, 206, 230, 216)
    assert changed(alone.crop(above), both.crop(above)) is None
    assert changed(alone.crop(inside), both.crop(inside)) is not None


def test_confidence_is_a_percentage_and_none_is_nothing():
    def tag(confidence):
        thing = Detection("cat", Box(100, 100, 300, 280), confidence)
        return drawn(blank(400, 300), found(thing), Size(400, 300))

    pictures = [encode(tag(confidence)) for confidence in (None, 0.0, 0.87, 0.874, 1.0)]

    assert pictures[2] == pictures[3]
    assert len(set(pictures)) == 4


def test_an_empty_label_shows_nothing_not_even_its_confidence():
    before = blank(400, 300)

    after = drawn(
        before, found(Detection(" \n\u200b", Box(100, 100, 300, 280), 0.9)), Size(400, 300)
    )

    assert near(changed(before, after), (100, 100, 300, 280), by=1)


def test_a_label_too_long_for_the_picture_ends_in_an_ellipsis_and_keeps_its_beginning():
    whole, cut = line("wolverine in the snow", 20), fitted("wolverine in the snow", 20, 120)

    text = "".join(run.text for run in cut.runs)
    assert whole.width > 120 >= cut.width > 90
    assert text.endswith("…")
    assert "wolverine in the snow".startswith(text[:-1])
    assert line("wolverine in the snow"[: len(text)].rstrip() + "…", 20).width > 120


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (20_000, 1), (1, 20_000), (16, 16), (5000, 7)])
def test_tiny_and_extreme_pictures_do_not_fail(size):
    objects = found(
        Detection("cat", Box(0, 0, 100, 100), 0.5),
        Detection("a rather long label for this", Box(99, 99, 100, 100)),
        Detection("dot", Point(50, 50), 1.0),
    )

    after = drawn(blank(*size), objects, Size(100, 100))

    assert after.size == size
    assert Image.open(BytesIO(encode(after))).size == size


HOSTILE = [
    pytest.param("a" * 5000, id="5,000 letters"),
    pytest.param("cat\ndog\r\n\tfish\u2028bird\u2029", id="newlines"),
    pytest.param("\x00\x1b[31mcat\x7f", id="controls"),
    pytest.param("\u202ecat\u202c\u2066dog", id="bidi controls"),
    pytest.param("\ud83d cat \udc00", id="lone surrogates"),
    pytest.param("👩‍👩‍👧 🦋 🇩🇪 ❤️ 👍🏽", id="emoji"),
    pytest.param("c" + "\u0301\u0330" * 2000, id="towers of accents"),
    pytest.param("ﷺ" * 5000, id="very wide ligatures"),
    pytest.param("\u0301" * 5000, id="nothing but accents"),
    pytest.param("\u200d" * 5000, id="nothing but joiners"),
    pytest.param("\U0010ffff\ufffe\ue000\U000e0041", id="no characters at all"),
    pytest.param("<b>&amp;%s{}\\", id="markup"),
]


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_labels_are_drawn_inside_the_picture(label):
    plain = blank(400, 300)

    after = drawn(plain, found(Detection(label, Box(100, 150, 300, 280), nan)), Size(400, 300))

    assert changed(plain.crop((0, 0, 400, 110)), after.crop((0, 0, 400, 110))) is None


def test_decomposed_letters_are_composed_because_fonts_have_them_whole():
    assert clean(normalize("NFD", "나비 Wölfin")) == "나비 Wölfin"


def test_joiners_stay_because_words_are_misspelt_without_them():
    assert clean("پروانه\u200cها") == "پروانه\u200cها"
    assert clean("\u200d" * 5000) == ""


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_labels_come_out_clean(label):
    text = clean(label)

    assert len(text) <= 80
    assert text == text.strip()
    assert not set(text) & set("\n\r\t\x00\x1b\u202e\u2066\ud83d\u2028\ufe0f")
    text.encode()


def test_the_same_findings_give_the_same_picture_in_any_thread():
    words = ("cat", "кошка", "猫", "قطة", "बिल्ली", "แมว")
    objects = found(*(Detection(w, Box(9 * i, 20 * i, 200, 200), 0.5) for i, w in enumerate(words)))
    once = drawn(blank(320, 240), objects, Size(320, 240))

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(drawn, blank(320, 240), objects, Size(320, 240)) for _ in range(40)]

    assert all(job.result() == once for job in jobs)


# --- scripts

WORDS = [
    ("Latin", "Wölfin", 1),
    ("Vietnamese", "mèo con Việt", 1),
    ("Greek", "πεταλούδα", 1),
    ("Cyrillic", "бабочка", 1),
    ("Hebrew", "פרפר", 1),
    ("Arabic", "فراشة", 1),
    ("Persian", "پروانه‌ها", 1),
    ("Armenian", "թիթեռ", 1),
    ("Georgian", "პეპელა", 1),
    ("Amharic", "ቢራቢሮ", 1),
    ("Thai", "ผีเสื้อ", 1),
    ("Lao", "ແມງກະເບື້ອ", 1),
    ("Khmer", "មេអំបៅ", 1),
    ("Burmese", "လိပ်ပြာ", 1),
    ("Hindi", "तितली (२)", 1),
    ("Bengali", "প্রজাপতি", 1),
    ("Punjabi", "ਤਿਤਲੀ", 1),
    ("Gujarati", "પતંગિયું", 1),
    ("Oriya", "ପ୍ରଜାପତି", 1),
    ("Tamil", "பட்டாம்பூச்சி", 1),
    ("Telugu", "సీతాకోకచిలుక", 1),
    ("Kannada", "ಚಿಟ್ಟೆ", 1),
    ("Malayalam", "ചിത്രശലഭം", 1),
    ("Sinhala", "සමනලයා", 1),
    ("Tibetan", "ཕྱེ་མ་ལེབ", 1),
    ("Chinese", "蝴蝶", 1),
    ("Japanese", "ちょうちょチョウ", 1),
    ("Korean", "나비", 1),
    ("signs", "→★☎", 1),
    ("emoji", "🦋😀🍎", 1),
    ("mixed", "cat 猫 кот", 3),
]


@pytest.mark.parametrize(("script", "word", "runs"), WORDS, ids=[word[0] for word in WORDS])
def test_words_of_any_script_are_drawn_with_glyphs_of_their_own(script, word, runs):
    split = fonts.split(word, 40)

    assert len(split) == runs
    for run in split:
        notdef = bytes(run.font.getmask("\U0010fffd"))
        letters = [letter for letter in run.text if letter.isalnum()] or list(run.text)
        masks = [run.font.getmask(letter) for letter in letters]
        assert all(bytes(mask) != notdef for mask in masks)
        assert any(mask.getbbox() for mask in masks)


def test_what_no_font_has_is_a_box_not_a_gap():
    assert fonts.split("\U0010fffd", 40)[0].font.path.endswith(CHAIN[-1])
    assert ink("\U0010fffd").size[0] > 5


@pytest.mark.skipif(not features.check("raqm"), reason="needs libraqm with FriBiDi")
def test_arabic_letters_join_and_hindi_vowels_move():
    joined, apart = line("سلسلة", 40).width, sum(line(letter, 40).width for letter in "سلسلة")
    stored = ImageFont.truetype(
        line("कि", 40).runs[0].font.path, 40, layout_engine=ImageFont.Layout.BASIC
    )

    assert joined < 0.8 * apart
    assert bytes(ink("कि").tobytes()) != bytes(stored.getmask("कि"))


@pytest.mark.skipif(not features.check("raqm"), reason="needs libraqm with FriBiDi")
def test_hebrew_stands_from_right_to_left_with_its_number_at_the_left_end():
    word, number = "אבג", "42"

    both = ink(f"{word} {number}")

    left = both.crop((0, 0, ink(number).width, both.height))
    assert [run.text.strip() for run in fonts.split(f"{word} {number}", 40)] == [number, word]
    assert (
        ImageChops.difference(
            left.crop(left.point(lambda v: 255 - v).getbbox()), ink(number)
        ).getextrema()[1]
        < 60
    )
    assert changed_letters(ink(word), ink(word[0])) == "right"


def changed_letters(word, first):
    """At which end of the word its first letter stands."""
    ends = {
        "left": word.crop((0, 0, first.width, word.height)),
        "right": word.crop((word.width - first.width, 0, word.width, word.height)),
    }
    same = {
        side: sum(ImageChops.difference(end.resize(first.size), first).histogram()[128:])
        for side, end in ends.items()
    }
    return min(same, key=same.get)


@pytest.mark.skipif(not features.check("raqm"), reason="needs libraqm with FriBiDi")
def test_brackets_turn_around_with_the_direction_of_the_text():
    left, *_, right = fonts.split("(אבג)", 40)

    assert (left.text, right.text) == (")", "(")
    assert bytes(right.font.getmask(right.shown, direction=right.direction)) == bytes(
        right.font.getmask(")")
    )


def test_without_raqm_hebrew_and_arabic_are_handed_over_backwards_but_numbers_are_not():
    basic = ImageFont.truetype(
        fonts.font(CHAIN[0], 20).path, 20, layout_engine=ImageFont.Layout.BASIC
    )

    assert Run("אבג 42", basic, rtl=True).shown == "42 גבא"
    assert Run("abc 42", basic, rtl=False).shown == "abc 42"
    assert Run("אבג", basic, rtl=True).direction is None


@pytest.mark.parametrize("name", CHAIN)
def test_the_coverage_read_from_a_font_is_what_it_draws(name):
    covered = coverage.read(fonts._FOLDER / name)
    path = fonts.font(name, 12).path
    face = ImageFont.truetype(path, 12, layout_engine=ImageFont.Layout.BASIC)  # one glyph each
    notdef = bytes(face.getmask("\U0010fffd"))
    every = [chr(code) for code in range(0x21, 0x20000) if not 0xD800 <= code < 0xE000]
    sample = every[::331] + [chr(code) for code in covered.first + covered.last]

    wrong = [c for c in sample if (bytes(face.getmask(c)) != notdef) != (c in covered)]

    assert [c for c in wrong if c not in covered] == []
    assert len(wrong) <= 0.02 * len(sample)  # some fonts have boxes of their own


def test_coverage_leaves_out_characters_that_map_to_no_glyph(tmp_path):
    """A cmap of format 4: A to C by a list of glyphs, of which B has none; X to Z by a delta."""
    segments = [0x43, 0x5A, 0xFFFF, 0, 0x41, 0x58, 0xFFFF, 0, 1, 1, 6, 0, 0, 7, 0, 9]
    table = struct.pack(">7H16H", 4, 46, 0, 6, 0, 0, 0, *segments)
    cmap = struct.pack(">HHHHI", 0, 1, 3, 1, 12) + table
    head = struct.pack(">4sHHHH", b"\0\1\0\0", 1, 0, 0, 0)
    entry = struct.pack(">4sIII", b"cmap", 0, 28, len(cmap))
    (tmp_path / "font.ttf").write_bytes(head + entry + cmap)

    covered = coverage.read(tmp_path / "font.ttf")

    assert [c for c in map(chr, range(0x3F, 0x5E)) if c in covered] == ["A", "C", "X", "Y", "Z"]
    assert "\uffff" not in covered


def test_the_fonts_stay_small_enough_to_deploy():
    assert sum(file.stat().st_size for file in fonts._FOLDER.glob("*.ttf")) < 8_000_000


# --- the file


def test_the_overlay_is_a_jpeg_with_sharp_colours_and_no_metadata():
    picture = blank(64, 48)
    picture.info.update(
        comment=b"secret", exif=b"Exif\0\0secret", icc_profile=b"secret", dpi=(9, 9)
    )

    data = encode(picture)

    with Image.open(BytesIO(data)) as back:
        assert (back.format, back.size) == ("JPEG", (64, 48))
        assert {layer[1:3] for layer in back.layer} == {(1, 1)}  # no chroma subsampling
        assert set(back.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert b"secret" not in data
