// Records of a photo, chosen and summed up.

export const CANNOT = "offline_cannot";

// The one that represents the photo, of records or entries in order of precedence.
export function best(ordered) {
  return ordered.find(({ status }) => status === "done") ?? ordered[0];
}

// What the model says that it could not do, in its own sentences.
export const cannot = ({ problems }) =>
  problems.filter(({ code }) => code === CANNOT).map(({ sentence }) => sentence);

// The record as the index would have it.
export function glance(record) {
  const { status, reason, findings } = record;
  const { objects = [], labels = [], text = null, answer = null } = findings ?? {};
  const names = [...objects.map((each) => each.label), ...labels.map((each) => each.name)];
  return {
    status,
    reason,
    objects: objects.length,
    labels: [...new Set(names)],
    text: answer ?? text,
    cannot: cannot(record).join(" "),
  };
}
