// Whether a file is a photo, by its first bytes, before it is sent. The server looks again.

const LOOKED_AT = 64; // bytes
const WANTED = "JPEG, PNG, WEBP, HEIC and HEIF are taken.";
const JUNK = /^(\..*|Thumbs\.db|desktop\.ini)$/i; // that systems leave in folders
const STARTS = ["\x89PNG\r\n\x1a\n", "\xff\xd8\xff"];
const OTHERS = [
  ["GIF8", "a GIF"],
  ["%PDF", "a PDF document"],
  ["BM", "a BMP"],
  ["II*\0", "a TIFF or a camera's raw file"],
  ["MM\0*", "a TIFF or a camera's raw file"],
  ["8BPS", "a Photoshop document"],
  ["PK\x03\x04", "a ZIP archive"],
];
const VIDEO = /^(isom|iso\d|mp4\d|avc1|M4V |qt {2}|3gp\d)/;

export const isJunk = (name) => JUNK.test(name);

// Why the file is not taken, in a sentence; "" if it seems to be a photo. Throws if it cannot be read.
export async function complaint(file) {
  const head = new Uint8Array(await file.slice(0, LOOKED_AT).arrayBuffer());
  const text = String.fromCharCode(...head);
  if (!text) return "The file has no bytes.";
  if (STARTS.some((each) => text.startsWith(each))) return "";
  if (text.startsWith("RIFF") && text.slice(8, 12) === "WEBP") return "";
  if (text.slice(4, 8) === "ftyp") return container(text);
  const [, what] = OTHERS.find(([start]) => text.startsWith(start)) ?? [];
  return `This is ${what ?? "no photo"}. ${WANTED}`;
}

function container(text) {
  if (text.slice(8, 12) === "avif") return `This is an AVIF. ${WANTED}`;
  return VIDEO.test(text.slice(8, 12)) ? `This is a video. ${WANTED}` : "";
}
