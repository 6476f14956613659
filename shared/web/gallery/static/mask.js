// A mask: its 1-bit PNG, or its run lengths, tinted for the eye, and kept as bits for the pointer.

import { file } from "./api.js";
import { unpacked } from "./runs.js";
import { bounds } from "./shape.js";

const MOST = 1_000_000; // pixels; a larger mask is shrunk, as no model draws finer
const TINT = 95; // of 255; the rest is the photo
const FINEST = 300; // rims as wide as a 300th of the mask, and at least a pixel

// {url, box, has(x, y)}: a picture in the object's colour for a box of the photo, and whether a place
// (0 to 1) of that box belongs.
export async function load({ shape, mask, colour }, folder) {
  if (mask.file) return tinted(await picture(file(folder + mask.file)), bounds(shape), colour);
  const { box, bits } = unpacked(mask.rle);
  return tinted(painted(bits, box.right - box.left, box.bottom - box.top), box, colour);
}

async function picture(source) {
  const image = new Image();
  image.src = source;
  await image.decode();
  return image;
}

// White on nothing.
function painted(bits, width, height) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const pixels = new ImageData(width, height);
  bits.forEach((bit, at) => pixels.data.fill(bit && 255, 4 * at, 4 * at + 4));
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return canvas;
}

async function tinted(source, box, colour) {
  const canvas = sized(source.naturalWidth ?? source.width, source.naturalHeight ?? source.height);
  const { width, height } = canvas;
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  brush.imageSmoothingEnabled = false;
  brush.drawImage(source, 0, 0, width, height);
  const pixels = brush.getImageData(0, 0, width, height);
  const bits = tint(pixels, colour);
  brush.putImageData(pixels, 0, 0);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve));
  const cell = (share, side) => Math.min(side - 1, Math.floor(share * side));
  const has = (x, y) => bits[cell(y, height) * width + cell(x, width)] === 1;
  return { url: URL.createObjectURL(blob), box, has };
}

function sized(width, height) {
  const scale = Math.min(1, Math.sqrt(MOST / (width * height)));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  return canvas;
}

// White becomes the colour, translucent but for its rim; black becomes nothing.
function tint({ data, width, height }, colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const bits = Uint8Array.from({ length: width * height }, (_, at) => (data[4 * at] > 127 ? 1 : 0));
  const isRim = rim(bits, width, height);
  for (let at = 0; at < bits.length; at += 1) {
    data[4 * at] = red;
    data[4 * at + 1] = green;
    data[4 * at + 2] = blue;
    data[4 * at + 3] = bits[at] && (isRim(at) ? 255 : TINT);
  }
  return bits;
}

// Whether a pixel of the mask has a neighbour outside it; nothing beyond the box is in the mask.
function rim(bits, width, height) {
  const by = Math.max(1, Math.round(Math.max(width, height) / FINEST));
  return (at) => {
    const x = at % width;
    const isInside = x >= by && x < width - by && at >= by * width && at < (height - by) * width;
    return (
      !isInside ||
      !(bits[at - by] && bits[at + by] && bits[at - by * width] && bits[at + by * width])
    );
  };
}
