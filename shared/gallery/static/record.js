// Records of a photo, weighed and summed up.

// What shows most: objects with masks, objects, and else the newest.
export function best(records) {
  const worth = ({ findings }) => {
    const objects = findings?.objects ?? [];
    return objects.some((each) => each.mask) ? 3 : objects.length ? 2 : findings ? 1 : 0;
  };
  return records.reduce((one, other) => (worth(other) >= worth(one) ? other : one));
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
