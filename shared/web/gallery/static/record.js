// Records of a photo, chosen and summed up.

// The one that represents the photo, of records or entries in order of precedence.
export function best(ordered) {
  return ordered.find(({ status }) => status === "done") ?? ordered[0];
}

// The record as the index would have it.
export function glance({ status, reason, findings }) {
  const { objects = [], labels = [], text = null, answer = null } = findings ?? {};
  const names = [...objects.map((each) => each.label), ...labels.map((each) => each.name)];
  return {
    status,
    reason,
    objects: objects.length,
    labels: [...new Set(names)],
    text: answer ?? text,
  };
}
