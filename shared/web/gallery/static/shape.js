// Where an object is, in pixels of the upright photo.

// {left, top, right, bottom} around any shape.
export function bounds(shape) {
  if (shape.kind === "box") return shape;
  if (shape.kind === "point")
    return { left: shape.x, top: shape.y, right: shape.x, bottom: shape.y };
  const corners = shape.rings.flat();
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  return {
    left: Math.min(...xs),
    top: Math.min(...ys),
    right: Math.max(...xs),
    bottom: Math.max(...ys),
  };
}

export function area({ left, top, right, bottom }) {
  return (right - left) * (bottom - top);
}

// Whether a shape has the point; `near` is how far from a point one may be, in pixels.
export function holds(shape, x, y, near) {
  if (shape.kind === "point") return Math.hypot(shape.x - x, shape.y - y) <= near;
  if (shape.kind === "polygon")
    return shape.rings.filter((ring) => winds(ring, x, y)).length % 2 === 1;
  return x >= shape.left && x < shape.right && y >= shape.top && y < shape.bottom;
}

// The even-odd rule for one ring.
function winds(ring, x, y) {
  return ring.reduce((inside, [x1, y1], at) => {
    const [x2, y2] = ring.at(at - 1);
    const crosses = y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1;
    return crosses ? !inside : inside;
  }, false);
}
