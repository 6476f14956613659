// The result as text: outcome, caption, answer, labels, and problems.

import { copies } from "./copies.js";
import { bdi, el } from "./dom.js";
import { CANNOT, cannot } from "./record.js";
import { count, mark, percent } from "./words.js";

const OFFLINE = "offline-model";

export function said(record) {
  const found = record.findings;
  return [
    record.reason && outcome(record),
    record.usage?.model === OFFLINE &&
      el(
        "p",
        { class: "offline" },
        "Read by the offline model: small models that know about 200 words. They can be sure and wrong.",
      ),
    found?.complete === false && el("p", { class: "outcome rejected" }, incomplete(found)),
    record.request.question && el("p", { class: "question" }, bdi(record.request.question)),
    found?.answer && el("blockquote", {}, bdi(found.answer)),
    found?.text && el("blockquote", {}, bdi(found.text)),
    ...others(found).map((words) => el("blockquote", {}, bdi(words))),
    found?.moderation && verdict(found.moderation),
    copies(record),
    found?.fields && form(found.fields),
    found?.labels.length && scores(found.labels),
    ...shortfall(record),
    doubts(record),
    ...(found?.parts?.map(({ task, problems: list }) => problems(list, `${task}: `)) ?? [
      problems(record.problems),
    ]),
  ].filter(Boolean);
}

function incomplete({ parts = [] }) {
  const lacking = parts.filter(({ complete }) => !complete).map(({ task }) => task);
  return lacking.length
    ? `Not complete in the answer: ${lacking.join(", ")}.`
    : "The answer was cut off. Only its complete part is shown.";
}

// The words of a part beside those of another: the caption of a photo whose text was read.
function others(found) {
  return (found?.parts ?? []).map(({ text }) => text).filter((text) => text && text !== found.text);
}

function outcome({ status, reason }) {
  return el(
    "p",
    { class: `outcome ${status}` },
    el("strong", {}, `${mark(status)} ${status}: `),
    bdi(reason.sentence),
  );
}

function isEmpty(found) {
  const filled = Object.values(found?.fields ?? {}).some((field) => field.found);
  const words = found?.text || found?.answer || found?.moderation;
  return found && !found.objects.length && !found.labels.length && !words && !filled;
}

// "Found nothing" is never said of what was not looked for.
function shortfall(record) {
  const sentences = cannot(record);
  if (sentences.length)
    return sentences.map((each) => el("p", { class: "cannot" }, "The model says: ", bdi(each)));
  return [isEmpty(record.findings) && el("p", {}, "The model found nothing.")];
}

const DECISIONS = { allow: "done", review: "rejected", block: "failed" };

function verdict({ verdict: decision, reason, categories }) {
  const rows = categories.map(({ name, severity, sentence, verdict: own }) => [
    el("dt", {}, name.replaceAll("_", " ")),
    el(
      "dd",
      {},
      el("span", { class: `chip ${DECISIONS[own]}` }, severity === null ? "not judged" : `${severity} of 6`),
      severity ? " " : null,
      severity ? bdi(sentence) : null,
    ),
  ]);
  return el(
    "section",
    {},
    el("h2", {}, "Moderation"),
    el("p", { class: `outcome ${DECISIONS[decision]}` }, el("strong", {}, decision), why(reason)),
    el("dl", { class: "facts" }, ...rows),
  );
}

const why = (reason) =>
  ({
    model_refused: ": the model refused to look at it",
    threshold: ": a category reaches its limit",
    unsure: ": a category could not be judged",
  })[reason] ?? "";

// A form: each field with its value, or with what was written where that cannot be read.
function form(fields) {
  const rows = Object.entries(fields).map(([name, field]) => [
    el("dt", {}, bdi(name)),
    el("dd", { class: field.found ? "" : "soft" }, ...filled(field)),
  ]);
  return el("section", {}, el("h2", {}, "Fields"), el("dl", { class: "facts" }, ...rows));
}

function filled({ found, value, raw }) {
  if (!found) return ["not found"];
  if (Array.isArray(value)) return [table(value)];
  return value === null ? [bdi(plain(raw)), " (not read)"] : [bdi(plain(value))];
}

function table(rows) {
  const names = Object.keys(rows[0] ?? {});
  const cells = (row) => names.map((name) => el("td", {}, bdi(plain(row[name]))));
  return el(
    "table",
    {},
    el("thead", {}, el("tr", {}, ...names.map((name) => el("th", { scope: "col" }, bdi(name))))),
    el("tbody", {}, ...rows.map((row) => el("tr", {}, ...cells(row)))),
  );
}

const WORDS = new Map([
  [true, "yes"],
  [false, "no"],
  [null, "–"],
]);
const plain = (value) => WORDS.get(value) ?? String(value);

function scores(labels) {
  const rows = labels.map(({ name, score }) => [
    el("dt", {}, bdi(name)),
    el(
      "dd",
      {},
      score === null
        ? "no score"
        : el("meter", {
            value: score,
            min: 0,
            max: 1,
            "aria-label": `Score of ${name.slice(0, 60)}`,
          }),
      score === null ? null : ` ${percent(score)}`,
    ),
  ]);
  return el("section", {}, el("h2", {}, "Labels"), el("dl", { class: "facts" }, ...rows));
}

// Why a person should look, as far as it is not said elsewhere: the list is ordered by it.
function doubts({ doubts: all = [] }) {
  const reasons = all.filter(({ sign }) => !["problems", "unfinished"].includes(sign));
  if (!reasons.length) return null;
  return el(
    "section",
    { class: "doubts" },
    el("h2", {}, "Worth a look"),
    el("ul", {}, ...reasons.map(({ sentence }) => el("li", {}, bdi(sentence)))),
  );
}

function problems(all, of = "") {
  const list = all.filter(({ code }) => code !== CANNOT);
  if (!list.length) return null;
  const rows = list.map(({ sentence, item }) =>
    el("li", {}, item === null ? null : `Item ${item}: `, bdi(sentence)),
  );
  return el(
    "section",
    { class: "problems" },
    el("h2", {}, `${of}${count(list.length, "problem")} with the answer`),
    el("ul", {}, ...rows),
  );
}
