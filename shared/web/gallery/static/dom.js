// Elements. Whatever is put into them is text: nothing here, or anywhere else, reads HTML.

const SVG = "http://www.w3.org/2000/svg";

// An element; a property that is a function listens, true and false switch an attribute.
export function el(tag, properties = {}, ...children) {
  return filled(document.createElement(tag), properties, children);
}

export function svg(tag, properties = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), properties, children);
}

// Words from outside, which must not change the text direction around them.
export function bdi(text, properties = {}) {
  return el("bdi", properties, String(text));
}

export const byId = (id) => document.getElementById(id);

// Makes a screen reader read this next.
export function say(text) {
  byId("said").textContent = text;
}

function filled(node, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined)
      node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== false));
  return node;
}
