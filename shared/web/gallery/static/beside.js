// Several photos side by side: a comparison's.

import { picture } from "./api.js";
import { bdi, el } from "./dom.js";
import { here, toPhoto } from "./route.js";

export function figures(images) {
  return images.map((image, at) => {
    const source = picture(image, "2048");
    const words = el("span", {}, `Image ${at + 1}: `, bdi(image.name));
    const shown = el("img", { src: source, alt: `Image ${at + 1}`, decoding: "async" });
    shown.addEventListener("error", () =>
      shown.replaceWith(el("p", {}, "This picture cannot be shown.")),
    );
    return el(
      "figure",
      {},
      shown,
      el("figcaption", {}, el("a", { href: toPhoto(here(), image) }, words)),
    );
  });
}
