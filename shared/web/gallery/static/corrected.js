// A record as its newest correction has it, and who says so.

import { bdi, el } from "./dom.js";
import { count, since, when } from "./words.js";

const SAID = {
  moved: "moved",
  relabelled: "relabelled",
  added: "added",
  deleted: "deleted",
};

// The record with the findings that count, unless the model's own are wanted.
export function seen(record, isModels) {
  const { correction } = record;
  if (!correction || isModels) return record;
  return { ...record, findings: correction.findings, problems: [] };
}

// Who corrected it, and the switch between before and after; calls `show(isModels)`.
export function banner({ correction }, isModels, show) {
  if (!correction) return null;
  const { author, created, changes } = correction;
  const choice = (words, value) =>
    el("button", { type: "button", "aria-pressed": String(value === isModels), click: () => show(value) }, words);
  return el(
    "section",
    { class: "corrected", "aria-label": "Correction" },
    el(
      "p",
      {},
      el("strong", {}, summary(changes) ? "Corrected" : "Accepted"),
      " by ",
      bdi(author.who),
      ", ",
      el("time", { datetime: created, title: when(created) }, since(created)),
      summary(changes) && `: ${summary(changes)}`,
      author.signed_in ? null : el("small", {}, " The name is as they gave it."),
    ),
    el("div", { class: "switches", role: "group", "aria-label": "Whose findings" }, choice("Corrected", false), choice("The model's", true)),
  );
}

function summary({ words, ...changes }) {
  const parts = Object.entries(SAID).filter(([name]) => changes[name]).map(([name, said]) => `${changes[name]} ${said}`);
  if (words) parts.push(`${count(words, "text or field", "texts or fields")} changed`);
  return parts.join(", ");
}
