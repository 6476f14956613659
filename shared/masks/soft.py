"""A mask from a probability map over the box."""

from PIL import Image

from shared.model import Box, Mask

Region = tuple[float, float, float, float]  # left, top, right, bottom, as shares of the map's sides


def mask(surely: Image.Image, box: Box, threshold: int, region: Region = (0, 0, 1, 1)) -> Mask:
    """The pixels of the box where the map, 0 to 255 in mode "L", is above the threshold.

    The map, or the region of it that is in the image, is resized to the box, bilinearly, as in
    Google's own samples.
    """
    size = (box.right - box.left, box.bottom - box.top)
    across, down = surely.size
    part = (region[0] * across, region[1] * down, region[2] * across, region[3] * down)
    stretched = surely.resize(size, Image.Resampling.BILINEAR, part)
    table = [255 * (level > threshold) for level in range(256)]
    return Mask(box, stretched.point(table, "1").tobytes())
