// The calls to the server. Every address is relative to the page's own.

// An error, in words for people; status 0 means no answer.
export class Problem extends Error {
  constructor(status, title, detail, code = "", patience = 0) {
    super(detail);
    Object.assign(this, { status, title, detail, code, patience }); // patience in ms
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
export const copy = (name, download = false) =>
  address("copy", { name, download: download ? 1 : "" });

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

// What the server answers to a question of the page, in JSON. Throws Problem.
export async function post(path, body) {
  return (await answered(path, posted(body))).json();
}

// The file that the server makes for a question, with its name. Throws Problem.
export async function fetched(path, body) {
  const answer = await answered(path, posted(body));
  const [, name] = (answer.headers.get("Content-Disposition") ?? "").match(/filename="(.*?)"/) ?? [];
  return { name: name ?? "darkroom", file: await answer.blob() };
}

const posted = (body) => ({
  method: "POST",
  headers: { "Content-Type": "application/json", "X-Darkroom": "page" },
  body: JSON.stringify(body),
});

// Sends a photo, or {"url": ..., "name": ...}; `progress` is called with 0 to 1. Throws Problem,
// and AbortError when the signal aborts.
export function send({ name, body, key }, progress, signal) {
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
    request.onabort = () => reject(signal.reason);
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.onload = () => {
      const reply = read(request.responseText);
      if (request.status === 202) return resolve(reply);
      const patience = 1000 * Number(request.getResponseHeader("Retry-After") ?? 0) || 0;
      reject(problem(request.status, request.statusText, reply, patience));
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

function problem(status, phrase, reply, patience = 0) {
  const title = reply?.title ?? (phrase || `Status ${status}`);
  const detail = reply?.detail ?? "The server gave no reason.";
  return new Problem(status, title, detail, reply?.code, patience);
}

function read(body) {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
