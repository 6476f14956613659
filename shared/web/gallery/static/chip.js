// A task of an upload and its state, in a few characters.

import { el } from "./dom.js";
import { mark } from "./words.js";

const UNDER_WAY = {
  waiting: "waits",
  working: "is being read",
  answered: "answer is in",
  unreadable: "not readable",
};

export function chip({ task, state, entry = null }) {
  const found = entry?.objects ? ` ${entry.objects}` : "";
  const words = UNDER_WAY[state] ?? (state === "done" ? `✓${found}` : `${mark(state)} ${state}`);
  const said = state === "done" ? el("span", { class: "unseen" }, " done") : null;
  return el("span", { class: `chip ${state}` }, `${task} `, el("span", {}, words), said);
}
