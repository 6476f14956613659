// The day's counts and costs; each count leads to what it counts.

import { ask } from "./api.js";
import { byId, el } from "./dom.js";
import { EMPTY, hash } from "./route.js";
import { count, mark, money, number } from "./words.js";

const LEAST = 30_000; // ms between two questions: the server keeps its answer as long
let asked = 0;
let isDue = true;

// Throws Problem.
export async function showToday(happened) {
  isDue ||= happened;
  if (!isDue || Date.now() - asked < LEAST) return;
  asked = Date.now();
  const today = await ask("api/today");
  isDue = false;
  const more = today.complete ? "" : "≥ ";
  const least = today.complete && !today.unpriced ? "" : "≥ ";
  byId("today").replaceChildren(
    el("span", { class: "day" }, "Today"),
    ...["done", "rejected", "failed"].map((status) => link(status, today[status], more)),
    el("span", { title: "Calls that may have cost money" }, more, count(today.calls, "call")),
    el("span", { class: "money", title: priced(today) }, least, money(today.cost_usd)),
  );
}

function priced(today) {
  const unknown = today.unpriced ? `; ${count(today.unpriced, "call")} of unknown price` : "";
  return `By the price table${unknown}`;
}

function link(status, value, more) {
  const words = `${mark(status)} ${more}${number(value)} ${status}`;
  return el("a", { class: value ? status : "", href: hash({ ...EMPTY, status }) }, words);
}
