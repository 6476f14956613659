"""COCO's run lengths, decoded by a second reader."""


def decoded(counts, size):
    """The whole image's pixels, row by row, of COCO's compressed run lengths."""
    runs, number, shift = [], 0, 0
    for char in counts.encode():
        group = char - 48
        number |= (group & 31) << shift
        shift += 5
        if not group & 32:
            if group & 16:
                number -= 1 << shift
            runs.append(number + (runs[-2] if len(runs) > 2 else 0))
            number, shift = 0, 0
    flat = "".join(".#"[at % 2] * run for at, run in enumerate(runs))
    assert len(flat) == size.width * size.height
    return ["".join(flat[row :: size.height]) for row in range(size.height)]
