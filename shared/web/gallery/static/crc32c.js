// CRC32C (Castagnoli) of a file, in Base64 as Cloud Storage has it.

const POLYNOMIAL = 0x82f63b78;
const BLOCK = 2 ** 20; // bytes between two breaths of the page
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ POLYNOMIAL : sum >>> 1;
  return sum;
});

export async function crc32c(file) {
  let sum = 0xffffffff;
  for (let at = 0; at < file.size; at += BLOCK) {
    const bytes = new Uint8Array(await file.slice(at, at + BLOCK).arrayBuffer());
    for (const byte of bytes) sum = (sum >>> 8) ^ TABLE[(sum ^ byte) & 0xff];
  }
  const whole = ~sum >>> 0;
  return btoa(String.fromCharCode(...[24, 16, 8, 0].map((shift) => (whole >>> shift) & 0xff)));
}
