// Numbers, times and codes as text.

import { partsOf } from "./record.js";

const REASONS = {
  empty: "no bytes",
  unsupported_type: "not a supported photo type",
  unsupported_codec: "an unsupported codec",
  corrupt: "a broken file",
  too_large: "too large",
  too_complex: "too complex to decode",
  unreadable: "cannot be read from storage",
  source_gone: "deleted before it was read",
  bad_job_file: "an unusable job file",
  missing_image: "an image is missing",
  refused: "the model refused",
  unreadable_answer: "the answer was unreadable",
  answer_lost: "the model's answer never arrived",
  attempts_exhausted: "given up after several attempts",
  offline_cannot: "the offline model cannot do this",
  dead_lettered: "could not be delivered",
  photo_budget: "it cost what its recipe allows",
};
const MARKS = { done: "✓", rejected: "⊘", failed: "✕", unreadable: "?" };
const UNITS = [
  ["year", 31536e6],
  ["month", 2592e6],
  ["day", 864e5],
  ["hour", 36e5],
  ["minute", 6e4],
];
const ago = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "narrow" });
const whole = new Intl.NumberFormat("en");
const moment = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });

export const reason = (code) => REASONS[code] ?? String(code).replaceAll("_", " ");
export const mark = (state) => MARKS[state] ?? "…";
export const number = (value) => whole.format(value);
export const when = (iso) => moment.format(new Date(iso));
export const percent = (share) => `${Math.round(share * 100)} %`;

export function count(value, one, many = `${one}s`) {
  return `${number(value)} ${value === 1 ? one : many}`;
}

export function since(iso, now = Date.now()) {
  const passed = new Date(iso).getTime() - now;
  const [unit, length] = UNITS.find(([, each]) => -passed >= each) ?? [];
  return unit ? ago.format(Math.round(passed / length), unit) : "just now";
}

// US dollars; two significant digits below a cent.
export function money(usd) {
  if (usd === null || usd === undefined) return "price unknown";
  if (usd === 0 || usd >= 0.01) return `$${usd.toFixed(2)}`;
  return `$${usd.toFixed(Math.min(8, 1 - Math.floor(Math.log10(usd))))}`;
}

export function bytes(value) {
  if (value < 1000) return `${value} B`;
  return value < 1e6 ? `${Math.round(value / 1e3)} kB` : `${(value / 1e6).toFixed(1)} MB`;
}

export function duration(ms) {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}

// The beginning of a text, in whole characters.
export function short(text, most) {
  const letters = [...text.slice(0, 2 * most + 2)];
  return letters.length > most ? `${letters.slice(0, most).join("")}…` : text;
}

// A record or an index entry in a line.
export function summary(entry) {
  if (entry.status !== "done") return reason(entry.reason?.code ?? entry.reason);
  if (entry.text && (!entry.objects || entry.task === "extract")) return entry.text;
  if (!entry.objects && entry.labels.length) return entry.labels.join(", ");
  if (!entry.objects) return entry.cannot || (entry.reason ? reason(entry.reason) : "nothing found");
  const labels = entry.labels.join(", ");
  const found = entry.objects === 1 ? labels : `${number(entry.objects)} objects: ${labels}`;
  return entry.text && partsOf(entry.task).length > 1 ? `${found}. ${entry.text}` : found;
}
