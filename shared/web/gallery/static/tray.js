// How far the uploads are, and what was refused: a box in the corner.

import { bdi, byId, el } from "./dom.js";
import { count } from "./words.js";

const SHOWN = 200; // refused files named
const CALM = 5_000; // ms that it stays when all is sent
let timer = 0;

export function showTray(uploads) {
  const { total, sent, refused, stopped, trouble, isUnsent } = uploads;
  const tray = byId("tray");
  clearTimeout(timer);
  tray.hidden = !total && !refused.length;
  if (tray.hidden) return;
  tray.replaceChildren(
    el("p", { role: "status" }, progress(total, sent, stopped.length)),
    total ? el("progress", { value: sent, max: total, "aria-label": "Uploads" }) : "",
    trouble && isUnsent ? el("p", { class: "soft" }, waiting(trouble)) : "",
    refused.length ? refusals(refused) : "",
    el("p", { class: "ends" }, ...buttons(uploads)),
  );
  if (!isUnsent && !stopped.length && !refused.length)
    timer = setTimeout(() => uploads.clear(), CALM);
}

function progress(total, sent, stopped) {
  if (!total) return "Nothing is sent.";
  const more = stopped ? `, ${stopped} stopped` : "";
  return `${sent} of ${count(total, "photo")} sent${more}`;
}

function waiting({ status, title }) {
  const why = status ? title : "The server does not answer";
  return `${why.replace(/\.$/, "")}. It goes on by itself.`;
}

function refusals(refused) {
  const rows = refused
    .slice(0, SHOWN)
    .map(({ name, why }) => el("li", {}, el("strong", {}, bdi(name)), " ", bdi(why)));
  const more = refused.length - rows.length;
  return el(
    "details",
    {},
    el("summary", {}, `⊘ ${count(refused.length, "file")} not taken`),
    el("ul", { tabindex: 0 }, ...rows, more > 0 && el("li", {}, `and ${more} more`)),
  );
}

function buttons(uploads) {
  const { isUnsent, stopped, trouble } = uploads;
  const button = (words, click, options = {}) => el("button", { type: "button", click, ...options }, words);
  return [
    isUnsent && button("Cancel", () => uploads.cancel()),
    stopped.length > 0 && button("Try all again", () => uploads.retryAll(), { class: "primary" }),
    isUnsent && trouble && button("Try now", () => uploads.goOn()),
    !isUnsent && button("Close", () => uploads.clear()),
  ].filter(Boolean);
}
