// The day's counts and costs; each count leads to what it counts.

import { ask } from "./api.js";
import { bdi, byId, el } from "./dom.js";
import { EMPTY, hash } from "./route.js";
import { count, mark, money, number, when } from "./words.js";

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
    ...today.budgets.map(budget),
  );
}

// What is spent of a budget: of all work, or of a recipe if little is left.
function budget({ recipe, of, limit_usd: limit, spent_usd: spent, until }) {
  const end = when(new Date(until * 1000).toISOString());
  const title = `Spent or reserved for ${of} (UTC). It ends ${end}`;
  const whose = recipe === null ? [] : [" of ", bdi(recipe)];
  const words = `: ${money(spent)} of ${money(limit)}`;
  return el("span", { class: spent >= limit ? "failed" : "", title }, "budget", ...whose, words);
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
