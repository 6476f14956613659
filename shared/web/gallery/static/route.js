// The route: the filter and the open photo, as the address bar has them after "#".

const FILTER = ["q", "folder", "task", "status", "sort"];
const PHOTO = ["photo", "generation", "record"];

export const EMPTY = Object.fromEntries([...FILTER, ...PHOTO].map((name) => [name, ""]));

export function here() {
  const given = new URLSearchParams(location.hash.slice(1));
  const words = ["q", "name", "label"].map((name) => given.get(name)); // the last two of old links
  if (words.some(Boolean)) given.set("q", words.filter(Boolean).join(" "));
  return Object.fromEntries(Object.keys(EMPTY).map((name) => [name, given.get(name) ?? ""]));
}

export function hash(route) {
  const given = Object.keys(EMPTY).filter((name) => route[name]);
  return `#${new URLSearchParams(given.map((name) => [name, route[name]]))}`;
}

export const filterOf = (route) => pick(route, FILTER);
export const photoOf = (route) => pick(route, PHOTO);
export const isFiltered = (route) => FILTER.some((name) => route[name] && name !== "sort");
export const isSame = (one, other) => hash(one) === hash(other);

// The address of a photo that leaves the filter as it is.
export function toPhoto(route, { name, generation }, record = "") {
  return hash({ ...filterOf(route), photo: name, generation, record });
}

// Goes there without an entry in the history.
export function replace(route) {
  history.replaceState(null, "", hash(route));
  dispatchEvent(new HashChangeEvent("hashchange"));
}

const pick = (route, names) => Object.fromEntries(names.map((name) => [name, route[name] ?? ""]));
