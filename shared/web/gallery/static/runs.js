// A mask from COCO's compressed run lengths, which a correction has instead of a file.

const FIRST = 48; // the code of the character for 0

// {left, top, right, bottom} around the mask's pixels, and whether a pixel of that box belongs.
export function unpacked({ size: [height], counts }) {
  const spans = [];
  let at = 0;
  lengths(counts).forEach((length, turn) => {
    if (turn % 2) spans.push(...columns(at, at + length, height));
    at += length;
  });
  const box = {
    left: spans[0].x,
    top: Math.min(...spans.map(({ top }) => top)),
    right: spans.at(-1).x + 1,
    bottom: Math.max(...spans.map(({ bottom }) => bottom)),
  };
  const width = box.right - box.left;
  const bits = new Uint8Array(width * (box.bottom - box.top));
  for (const { x, top, bottom } of spans)
    for (let y = top; y < bottom; y += 1) bits[(y - box.top) * width + x - box.left] = 1;
  return { box, bits };
}

// The part of each column from one pixel to another, numbered down the columns.
function columns(from, to, height) {
  const found = [];
  for (let x = Math.floor(from / height); x * height < to; x += 1)
    found.push({
      x,
      top: Math.max(0, from - x * height),
      bottom: Math.min(height, to - x * height),
    });
  return found;
}

// `rleFrString` in COCO's maskApi.c.
function lengths(text) {
  const found = [];
  let number = 0;
  let shift = 0;
  for (const character of text) {
    const group = character.charCodeAt(0) - FIRST;
    number += (group & 31) * 2 ** shift;
    shift += 5;
    if (group & 32) continue;
    if (group & 16) number -= 2 ** shift;
    found.push(found.length > 2 ? number + found.at(-2) : number);
    number = shift = 0;
  }
  return found;
}
