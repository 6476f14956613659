// The details of a record: files, cost, photo, timings, request, history.

import { file } from "./api.js";
import { bdi, el } from "./dom.js";
import { raw } from "./raw.js";
import { here, toPhoto } from "./route.js";
import { bytes, count, duration, money, number, when } from "./words.js";

export function details(record) {
  return [
    files(record),
    usage(record),
    ...record.images.map((image, at) =>
      origin(image, record.images.length > 1 ? `Image ${at + 1}` : "Photo"),
    ),
    timing(record),
    request(record),
    raw(record),
  ].filter(Boolean);
}

export function downloads({ artifacts, folder }) {
  const names = ["overlay.jpg", "result.json"];
  const has = (name) => name === "result.json" || artifacts.some((each) => each.name === name);
  const titles = { "overlay.jpg": "Overlay", "result.json": "JSON" };
  return names
    .filter(has)
    .map((name) =>
      el(
        "a",
        { class: "button", href: file(folder + name, true), download: true },
        `↓ ${titles[name]}`,
      ),
    );
}

export function history({ name, generation, generations }) {
  if (generations.length < 2) return [];
  const links = generations.map((each, at) => {
    const words = `Version ${generations.length - at}${at === 0 ? ", the newest" : ""}`;
    const current = each === generation ? "true" : null;
    return el(
      "li",
      {},
      el(
        "a",
        { href: toPhoto(here(), { name, generation: each }), "aria-current": current },
        words,
      ),
    );
  });
  return [
    el(
      "section",
      {},
      el("h2", {}, "History"),
      el("ol", { class: "history", reversed: true }, ...links),
    ),
  ];
}

function folded(title, ...content) {
  return el("details", {}, el("summary", {}, title), ...content);
}

function files(record) {
  const rows = [{ name: "result.json", bytes: null }, ...record.artifacts].map(
    ({ name, bytes: length }) =>
      el(
        "li",
        {},
        el("a", { href: file(record.folder + name, true), download: true }, name),
        length === null ? null : el("small", {}, ` ${bytes(length)}`),
      ),
  );
  return folded(
    "Files",
    el("ul", { class: "files" }, ...rows),
    el("p", {}, el("small", {}, "In the results bucket: "), bdi(record.folder, { class: "path" })),
  );
}

function usage({ usage: used, status, reused_from: reused }) {
  if (!used)
    return el(
      "p",
      { class: "cost" },
      status === "rejected" ? "No call was made; nothing was charged." : "The usage is unknown.",
    );
  const facts = listed({
    Model: bdi(used.model),
    Cost: `${money(used.cost_usd)}, ${count(used.paid_calls, "call")}`,
    Reused: reused ? "the answer about another upload of the same bytes" : null,
    Prompt: `${count(used.prompt_tokens, "token")}, ${number(used.image_tokens)} for the picture`,
    Answer: count(used.output_tokens, "token"),
    Thoughts: used.thought_tokens ? count(used.thought_tokens, "token") : null,
  });
  return el("section", {}, el("h2", {}, "Cost"), facts);
}

function origin(image, title) {
  const type = image.detected_type ?? "unknown";
  const differs = image.declared_type && image.declared_type !== image.detected_type;
  const facts = listed({
    Name: bdi(image.name),
    Uploaded: uploaded(image.generation),
    Version: el("code", {}, String(image.generation)),
    Type: differs ? el("span", {}, `${type}, declared as `, bdi(image.declared_type)) : type,
    Size: image.width ? `${number(image.width)} × ${number(image.height)} pixels` : null,
    Bytes: image.bytes === null ? null : bytes(image.bytes),
    Orientation: image.orientation > 1 ? `EXIF ${image.orientation}; shown upright` : null,
    Frames: image.frames > 1 ? `${image.frames}; the first is shown` : null,
    Warnings: image.warnings.length ? bdi(image.warnings.join(", ").replaceAll("_", " ")) : null,
  });
  return el("section", {}, el("h2", {}, title), facts);
}

// Cloud Storage numbers versions by their time, in microseconds.
function uploaded(generation) {
  const time = new Date(generation / 1000);
  return time.getFullYear() > 2000 ? el("time", { datetime: time.toISOString() }, when(time)) : null;
}

function timing({ timing: steps, created }) {
  const { total = 0, ...rest } = steps;
  const rows = Object.entries(rest).map(([step, ms]) => [
    el("dt", {}, step),
    el(
      "dd",
      {},
      el("meter", { value: ms, min: 0, max: Math.max(total, 1), "aria-label": step }),
      ` ${duration(ms)}`,
    ),
  ]);
  const sum = total ? [el("dt", {}, "total"), el("dd", {}, duration(total))] : [];
  return folded(
    "Timings",
    el(
      "dl",
      { class: "facts" },
      ...rows,
      ...sum,
      el("dt", {}, "ended"),
      el("dd", {}, when(created)),
    ),
  );
}

function request(record) {
  return folded(
    "Request",
    el("pre", { tabindex: 0 }, JSON.stringify(record.request, null, 2)),
  );
}

function listed(given) {
  const rows = Object.entries(given).filter(([, value]) => value !== null);
  return el(
    "dl",
    { class: "facts" },
    ...rows.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]),
  );
}
