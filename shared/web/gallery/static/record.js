// Records of a photo, chosen and summed up.

export const CANNOT = "offline_cannot";

// The one that represents the photo, of records or entries in order of precedence.
export function best(ordered) {
  return ordered.find(({ status }) => status === "done") ?? ordered[0];
}

// What the model says that it could not do, in its own sentences.
export const cannot = ({ problems }) =>
  problems.filter(({ code }) => code === CANNOT).map(({ sentence }) => sentence);

const SIGN = "+"; // between tasks that were asked in one call

export const partsOf = (task) => task.split(SIGN);

// Whether a filter for a task takes this one; a combination has each of its tasks.
export const isOf = (task, wanted) => !wanted || task === wanted || partsOf(task).includes(wanted);

// The record as the index would have it.
export function glance(record) {
  const { task, status, reason, findings } = record;
  const { objects = [], labels = [], text = null, answer = null } = findings ?? {};
  const names = [...objects.map((each) => each.label), ...labels.map((each) => each.name)];
  return {
    task,
    status,
    reason,
    objects: objects.length,
    labels: [...new Set(names)],
    text: [answer, text].filter(Boolean).join(" ") || text,
    cannot: cannot(record).join(" "),
  };
}
