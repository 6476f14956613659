// The notices above the photos: what is paused, why photos wait, and that the offline model reads
// them.

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
  const { brakes, causes, jobs, complete } = await ask("api/waiting");
  const text = JSON.stringify([brakes, causes, complete]);
  if (text !== shown) {
    shown = text;
    const lines = [
      ...brakes.map((brake) => pause(brake, complete)),
      ...causes.map((cause) => line(cause, complete)),
    ];
    byId("waits").hidden = !lines.length;
    byId("waits").replaceChildren(...lines);
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

function pause({ sentence, by, since, jobs, next_probe: next }, complete) {
  const most = complete ? "" : "At least ";
  const waits = `${most}${count(jobs, "job")} ${jobs === 1 ? "waits" : "wait"}`;
  const who = by === "breaker" ? "by the breaker" : "by an operator";
  const at = next && clock.format(new Date(Math.max(next * 1000, Date.now())));
  const end = next ? ` It is tried again at about ${at}.` : "";
  return el(
    "p",
    { class: "paused" },
    el("strong", {}, bdi(`${sentence}.`)),
    ` It was paused ${who} ${calendar.format(new Date(since * 1000))}; ${waits}.${end} `,
    el("code", {}, "darkroom status"),
    " says how to go on.",
  );
}

function line({ kind, photos, sentence, until }, complete) {
  const most = complete ? "" : "At least ";
  const waits = `${most}${count(photos, "photo")} ${photos === 1 ? "waits" : "wait"}`;
  const format = ENDS[kind] ? calendar : clock;
  const end = until ? ` until ${format.format(new Date(until * 1000))}` : "";
  return el("p", {}, el("strong", {}, bdi(`${sentence}.`)), ` ${waits}${end}.${ENDS[kind] ?? ""}`);
}
