"""Simplifies polygons: fewer corners, by Ramer-Douglas-Peucker."""

from collections.abc import Sequence

Point = tuple[int, int, bool]  # x, y, and whether it must stay


def simplified(tour: Sequence[Point], tolerance: float) -> list[Point]:
    """The closed polygon without the points within `tolerance` pixels of the rest.

    With a tolerance of 0, only points on straight lines are dropped.
    """
    straight = _straight(tour)
    if tolerance <= 0 or len(straight) < 4:
        return straight
    kept = bytearray(len(straight))
    anchors = _anchors(straight)
    closed = [*straight, straight[0]]
    for first, last in zip(anchors, (*anchors[1:], len(straight)), strict=True):
        kept[first] = 1
        _keep(closed, first, last, tolerance * tolerance, kept)
    return [point for point, stays in zip(straight, kept, strict=True) if stays]


def _straight(tour: Sequence[Point]) -> list[Point]:
    """The points without duplicates and without those on a line between their neighbours."""
    found: list[Point] = []
    for point in tour:
        if found and found[-1][:2] == point[:2]:
            found[-1] = (*point[:2], point[2] or found[-1][2])
            continue
        while len(found) > 1 and _between(found[-2], found[-1], point):
            found.pop()
        found.append(point)
    if len(found) > 1 and found[0][:2] == found[-1][:2] and not found[-1][2]:
        found.pop()
    return found


def _between(one: Point, point: Point, other: Point) -> bool:
    x0, y0, x1, y1 = point[0] - one[0], point[1] - one[1], other[0] - point[0], other[1] - point[1]
    return not point[2] and x0 * y1 == y0 * x1 and x0 * x1 + y0 * y1 > 0


def _anchors(points: Sequence[Point]) -> list[int]:
    """The indices that stay: fixed points, the first one, and the one furthest from it."""
    x, y, _ = points[0]

    def distance(at: int) -> int:
        return (points[at][0] - x) ** 2 + (points[at][1] - y) ** 2

    staying = {at for at, point in enumerate(points) if point[2]}
    return sorted({0, max(range(len(points)), key=distance)} | staying)


def _keep(
    points: Sequence[Point], first: int, last: int, tolerance: float, kept: bytearray
) -> None:
    """Mark the points between two that are too far from a straight line to drop."""
    todo = [(first, last)]
    while todo:
        start, end = todo.pop()
        at, distance = _furthest(points, start, end)
        if distance > tolerance:
            kept[at] = 1
            todo += ((start, at), (at, end))


def _furthest(points: Sequence[Point], start: int, end: int) -> tuple[int, float]:
    """The point furthest from the line between two others, and the square of its distance."""
    x0, y0, _ = points[start]
    x1, y1, _ = points[end]
    dx, dy = x1 - x0, y1 - y0
    length = dx * dx + dy * dy
    found, most = start, 0.0
    for at in range(start + 1, end):
        x, y = points[at][0] - x0, points[at][1] - y0
        along = x * dx + y * dy
        if along <= 0 or not length:
            distance: float = x * x + y * y
        elif along >= length:
            distance = (x - dx) ** 2 + (y - dy) ** 2
        else:
            distance = (x * dy - y * dx) ** 2 / length
        if distance > most:
            found, most = at, distance
    return found, most
