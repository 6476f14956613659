// What stands above the photos: what they wait for, and that no real model reads them.

import { ask } from "./api.js";
import { bdi, byId, el } from "./dom.js";
import { count } from "./words.js";

const OFFLINE = "offline-model";
const ENDS = {
  budget: " They go on after midnight UTC, or once DAILY_BUDGET_USD is raised.",
};
const clock = new Intl.DateTimeFormat("en", { timeStyle: "medium" });
let shown = "";

// Asks what waits; resolves to the jobs. Throws Problem.
export async function showWaits() {
  const { causes, jobs, complete } = await ask("api/waiting");
  const told = JSON.stringify([causes, complete]);
  if (told !== shown) {
    shown = told;
    byId("waits").hidden = !causes.length;
    byId("waits").replaceChildren(...causes.map((cause) => line(cause, complete)));
  }
  return jobs;
}

// The newest photo that was read says by whom.
export function showModel(cards) {
  const newest = cards.find((card) => card.hasEntries);
  byId("offline").hidden = newest?.sorted[0].model !== OFFLINE;
}

function line({ kind, photos, sentence, until }, complete) {
  const most = complete ? "" : "At least ";
  const waits = `${most}${count(photos, "photo")} ${photos === 1 ? "waits" : "wait"}`;
  const end = until && !ENDS[kind] ? ` until ${clock.format(new Date(until * 1000))}` : "";
  return el("p", {}, el("strong", {}, bdi(`${sentence}.`)), ` ${waits}${end}.${ENDS[kind] ?? ""}`);
}
