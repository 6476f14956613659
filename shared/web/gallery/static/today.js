// The day's counts and costs; each count leads to what it counts.

import { ask } from "./api.js";
import { byId, el } from "./dom.js";
import { EMPTY, hash } from "./route.js";
import { count, mark, money, number } from "./words.js";

const LEAST = 3_000; // ms between two requests: the server caches its answer as long
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
    el("span", { class: "day" }, "Photos today"),
    ...["done", "rejected", "failed"].map((status) => link(status, today[status], more)),
    el("span", { title: "Calls that may have cost money" }, more, count(today.calls, "call")),
    el("span", { class: "money", title: priced(today) }, least, money(today.cost_usd)),
    ...budget(today),
  );
}

// The used share of the day's budget, if there is one.
function budget({ budget_usd: limit, budget_spent_usd: spent }) {
  if (limit === null) return [];
  const title = "Spent or reserved of DAILY_BUDGET_USD; it resets at midnight UTC";
  const words = `budget: ${money(spent)} of ${money(limit)}`;
  return [el("span", { class: spent >= limit ? "failed" : "", title }, words)];
}

function priced(today) {
  const unknown = today.unpriced ? `; ${count(today.unpriced, "call")} of unknown price` : "";
  return `By the price table${unknown}`;
}

function link(status, value, more) {
  const words = `${mark(status)} ${more}${number(value)} ${status}`;
  const title = count(value, "photo");
  return el("a", { class: value ? status : "", href: hash({ ...EMPTY, status }), title }, words);
}
