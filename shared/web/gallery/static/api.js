// The calls to the server. Every address is relative to the page's own.

// An error, in words for people; status 0 means no answer.
export class Problem extends Error {
  constructor(status, title, detail, code = "") {
    super(detail);
    Object.assign(this, { status, title, detail, code });
  }
}

const GONE = new Problem(
  0,
  "The server does not answer.",
  "It may be restarting. If you signed in to see this page, reload it to sign in again.",
);

// An address with its parameters; empty ones are left out.
export function address(path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== "" && value != null);
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}

export const picture = ({ name, generation }, side) =>
  address("picture", { name, generation, side });
export const thumbnail = (folder) => address("thumbnail", { folder });
export const file = (name, download = false) =>
  address("file", { name, download: download ? 1 : "" });

// The JSON at an address. Throws Problem, and AbortError when the signal aborts.
export async function ask(path, parameters = {}, signal = null) {
  return (await answered(address(path, parameters), { signal })).json();
}

export async function text(path, parameters = {}) {
  return (await answered(address(path, parameters))).text();
}

// Why there is no picture: an <img> has no reason.
export async function whyNot(url) {
  try {
    await answered(url);
  } catch (problem) {
    return problem;
  }
  return new Problem(0, "This browser cannot show the picture.", "Download the overlay instead.");
}

// Sends a photo, or {"url": ..., "name": ...}; `progress` is called with 0 to 1. Throws Problem.
export function send({ name, body, key }, progress) {
  return new Promise((resolve, reject) => {
    const isUrl = typeof body === "string";
    const request = new XMLHttpRequest();
    request.open("POST", isUrl ? "api/upload" : address("api/upload", { name }));
    request.setRequestHeader("X-Darkroom", "page");
    request.setRequestHeader("Idempotency-Key", key);
    const type = isUrl ? "application/json" : body.type || "application/octet-stream";
    request.setRequestHeader("Content-Type", type);
    request.upload.onprogress = (event) => progress(event.loaded / (event.total || 1));
    request.onerror = () => reject(GONE);
    request.onload = () => {
      const reply = read(request.responseText);
      if (request.status === 202) resolve(reply);
      else reject(problem(request.status, request.statusText, reply));
    };
    request.send(isUrl ? JSON.stringify({ url: body, ...(name && { name }) }) : body);
  });
}

async function answered(url, options = {}) {
  let answer;
  try {
    answer = await fetch(url, options);
  } catch (error) {
    throw error.name === "AbortError" ? error : GONE;
  }
  if (!answer.ok) throw problem(answer.status, answer.statusText, read(await answer.text()));
  return answer;
}

function problem(status, phrase, reply) {
  const title = reply?.title ?? (phrase || `Status ${status}`);
  return new Problem(status, title, reply?.detail ?? "The server gave no reason.", reply?.code);
}

function read(body) {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
