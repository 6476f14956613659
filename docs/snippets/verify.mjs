// Verify a webhook from Darkroom. Node 18 or later; nothing to install.
// As a command: node verify.mjs KEY < request   (header lines, an empty line, the body)

import { createHmac, createPublicKey, timingSafeEqual, verify as ed25519 } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Answer 400, and do nothing else. */
export class Refused extends Error {}

/**
 * Throws Refused unless these very bytes were signed for this key, within five minutes.
 * `headers` has lower-case names, as `request.headers` of node:http; `body` is a Buffer.
 */
export function verify(headers, body, key) {
  const id = headers["webhook-id"];
  const seconds = headers["webhook-timestamp"];
  const signatures = headers["webhook-signature"];
  if (!id || !signatures || !/^\d{1,12}$/.test(seconds)) {
    throw new Refused("A header is missing or malformed");
  }
  if (Math.abs(Date.now() / 1000 - Number(seconds)) > 300) {
    throw new Refused("Too old, or too new");
  }
  const content = Buffer.concat([Buffer.from(`${id}.${seconds}.`), body]);
  const raw = Buffer.from(key.slice(key.indexOf("_") + 1), "base64");
  if (raw.length < 24) {
    throw new Error("The key is malformed");
  }
  const fits = key.startsWith("whsec_") ? v1(raw, content) : v1a(raw, content);
  if (!signatures.split(" ").some(fits)) {
    throw new Refused("No signature fits");
  }
}

function v1(secret, content) {
  const expected = Buffer.from("v1," + createHmac("sha256", secret).update(content).digest("base64"));
  return (signature) => {
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected);
  };
}

function v1a(raw, content) {
  const jwk = { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") };
  const publicKey = createPublicKey({ key: jwk, format: "jwk" });
  return (signature) =>
    signature.startsWith("v1a,") &&
    ed25519(null, content, publicKey, Buffer.from(signature.slice("v1a,".length), "base64"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [head, ...rest] = readFileSync(0, "latin1").split("\n\n");
  const headers = Object.fromEntries(head.split("\n").map((line) => line.split(": ")));
  try {
    verify(headers, Buffer.from(rest.join("\n\n"), "latin1"), process.argv[2]);
    console.log("verified");
  } catch (refusal) {
    if (!(refusal instanceof Refused)) throw refusal;
    console.error(`refused: ${refusal.message}`);
    process.exitCode = 1;
  }
}
