// What is fit to show: the redacted copy, or why there is none, and crops of single things.

import { copy } from "./api.js";
import { bdi, el } from "./dom.js";
import { bytes, count } from "./words.js";

export function copies({ redacted, crops, findings }) {
  if (!redacted && !crops) return null;
  const cut = (crops ?? []).map((each) => shown(each, findings.objects[each.object].label));
  return el(
    "section",
    { class: "copies" },
    el("h2", {}, "Fit to show"),
    redacted ? el("p", { class: redacted.copy ? "" : "outcome rejected" }, ...told(redacted)) : null,
    redacted?.copy ? shown(redacted.copy, "redacted copy") : null,
    cut.length ? el("div", { class: "crops" }, ...cut) : null,
  );
}

function told({ copy: kept, hidden, unsure }) {
  const why = unsure ? [": ", bdi(unsure.sentence)] : ["."];
  if (!kept) return [el("strong", {}, "There is no copy"), ...why];
  return [unsure ? "All of it is hidden" : `${count(hidden, "thing")} hidden`, ...why];
}

function shown(kept, words) {
  const picture = el("img", { src: copy(kept.name), alt: words.slice(0, 200), loading: "lazy" });
  picture.addEventListener("error", () => picture.replaceWith("This copy cannot be shown."));
  return el(
    "figure",
    {},
    picture,
    el(
      "figcaption",
      {},
      el("a", { href: copy(kept.name, true), download: true }, "↓ ", bdi(words)),
      el("small", {}, ` ${bytes(kept.bytes)}`),
    ),
  );
}
