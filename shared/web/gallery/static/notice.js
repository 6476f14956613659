// The notices above the photos: why they wait, and that the offline model reads them.

import { ask } from "./api.js";
import { bdi, byId, el } from "./dom.js";
import { count } from "./words.js";

const OFFLINE = "offline-model";
const ENDS = {
  budget: " They go on then, or once it is raised.",
};
const calendar = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });
const clock = new Intl.DateTimeFormat("en", { timeStyle: "medium" });
let shown = "";

// Fetches the waiting jobs, and resolves to them. Throws Problem.
export async function showWaits() {
  const { causes, jobs, complete } = await ask("api/waiting");
  const text = JSON.stringify([causes, complete]);
  if (text !== shown) {
    shown = text;
    byId("waits").hidden = !causes.length;
    byId("waits").replaceChildren(...causes.map((cause) => line(cause, complete)));
  }
  return jobs;
}

// Shows whether the newest photo that a model read was read by the offline model.
export function showModel(cards) {
  const newest = cards.find(modelOf);
  byId("offline").hidden = !newest || modelOf(newest) !== OFFLINE;
}

// Rejected photos have none.
const modelOf = (card) => card.sorted.find(({ model }) => model)?.model;

function line({ kind, photos, sentence, until }, complete) {
  const most = complete ? "" : "At least ";
  const waits = `${most}${count(photos, "photo")} ${photos === 1 ? "waits" : "wait"}`;
  const format = ENDS[kind] ? calendar : clock;
  const end = until ? ` until ${format.format(new Date(until * 1000))}` : "";
  return el("p", {}, el("strong", {}, bdi(`${sentence}.`)), ` ${waits}${end}.${ENDS[kind] ?? ""}`);
}
