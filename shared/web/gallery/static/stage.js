// Zoom and pan: a plane as large as the fitted photo, enlarged and moved behind a frame.

const DEEPEST = 16; // pixels of the screen per pixel of the photo
const LARGEST_FIT = 4; // the largest first zoom of a tiny photo
const STEP = 1.25;
const SLACK = 4; // pixels that a click may move

export class Stage {
  // Calls `moved()` on every change, `pointed(x, y, event)` when the pointer is over the photo,
  // in its pixels, and `clicked(x, y)` on a click.
  constructor(frame, plane, { moved, pointed, clicked }) {
    Object.assign(this, { frame, plane, moved, pointed, clicked });
    Object.assign(this, {
      width: 0,
      height: 0,
      scale: 1,
      left: 0,
      top: 0,
      wasFitted: true,
      fingers: new Map(),
    });
    new ResizeObserver(() => this.#resize()).observe(frame);
    frame.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    frame.addEventListener("dblclick", (event) => this.#twice(event));
    frame.addEventListener("pointerdown", (event) => this.#down(event));
    frame.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"])
      frame.addEventListener(name, (event) => this.#up(event));
    frame.addEventListener("pointerleave", () => this.pointed(null));
  }

  open({ width, height }) {
    Object.assign(this, { width, height });
    this.fit();
  }

  get fitting() {
    const { clientWidth, clientHeight } = this.frame;
    return Math.min(clientWidth / this.width, clientHeight / this.height, LARGEST_FIT) || 1;
  }

  get isFitted() {
    return this.scale <= this.fitting * 1.001;
  }

  // The part of the photo that is to be seen, in its pixels.
  get sight() {
    const { clientWidth, clientHeight } = this.frame;
    const [left, top] = [-this.left / this.scale, -this.top / this.scale];
    return {
      left: Math.max(0, left),
      top: Math.max(0, top),
      right: Math.min(this.width, left + clientWidth / this.scale),
      bottom: Math.min(this.height, top + clientHeight / this.scale),
    };
  }

  fit() {
    this.#go(this.fitting, 0, 0);
  }

  // Around the middle unless a place of the frame is given; 1 is pixel by pixel.
  zoomTo(scale, x = this.frame.clientWidth / 2, y = this.frame.clientHeight / 2) {
    const most = Math.max(DEEPEST, this.fitting);
    const next = Math.min(most, Math.max(this.fitting, scale));
    const factor = next / this.scale;
    this.#go(next, x - (x - this.left) * factor, y - (y - this.top) * factor);
  }

  zoom(steps, x, y) {
    this.zoomTo(this.scale * STEP ** steps, x, y);
  }

  pan(x, y) {
    this.#go(this.scale, this.left + x, this.top + y);
  }

  // Brings a part of the photo into sight if it is not.
  show({ left, top, right, bottom }) {
    const { clientWidth, clientHeight } = this.frame;
    const [x, y] = [
      ((left + right) / 2) * this.scale + this.left,
      ((top + bottom) / 2) * this.scale + this.top,
    ];
    if (x > 0 && x < clientWidth && y > 0 && y < clientHeight) return;
    this.pan(clientWidth / 2 - x, clientHeight / 2 - y);
  }

  #go(scale, left, top) {
    const { clientWidth, clientHeight } = this.frame;
    this.scale = scale;
    this.left = held(left, this.width * scale, clientWidth);
    this.top = held(top, this.height * scale, clientHeight);
    const { fitting } = this;
    this.plane.style.width = `${this.width * fitting}px`;
    this.plane.style.height = `${this.height * fitting}px`;
    const larger = scale / fitting;
    this.plane.style.transform = `translate(${this.left}px, ${this.top}px) scale(${larger})`;
    this.plane.style.setProperty("--px", 1 / scale);
    this.wasFitted = this.isFitted; // read after the frame has changed its size
    this.frame.classList.toggle("zoomed", !this.wasFitted);
    this.moved();
  }

  #resize() {
    if (!this.width || !this.frame.clientWidth) return;
    if (this.wasFitted || this.scale < this.fitting) this.fit();
    else this.pan(0, 0);
  }

  #at(event) {
    const { left, top } = this.frame.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  // The place of a pointer, in pixels of the photo.
  inPhoto(event) {
    const [x, y] = this.#at(event);
    return [(x - this.left) / this.scale, (y - this.top) / this.scale];
  }

  #wheel(event) {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    this.zoomTo(this.scale * Math.exp(-event.deltaY * lines * 0.002), ...this.#at(event));
  }

  #twice(event) {
    if (this.isFitted) this.zoomTo(Math.max(1, this.scale * 2.5), ...this.#at(event));
    else this.fit();
  }

  #down(event) {
    if (event.button !== 0) return;
    this.fingers.set(event.pointerId, this.#at(event));
    this.travelled = this.fingers.size > 1 ? Infinity : 0;
    this.frame.setPointerCapture(event.pointerId);
  }

  #move(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return this.pointed(...this.inPhoto(event), event);
    const now = this.#at(event);
    const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other)
      this.zoomTo((this.scale * apart(now, other)) / apart(before, other), ...middle(now, other));
    else this.pan(now[0] - before[0], now[1] - before[1]);
    this.travelled += apart(now, before);
    this.fingers.set(event.pointerId, now);
  }

  #up(event) {
    if (!this.fingers.delete(event.pointerId)) return;
    if (event.type === "pointerup" && this.travelled <= SLACK)
      this.clicked(...this.inPhoto(event));
  }
}

// Centred if there is room around it, else without a gap.
function held(place, length, room) {
  return length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, place));
}

const apart = ([x1, y1], [x2, y2]) => Math.max(1e-6, Math.hypot(x1 - x2, y1 - y2));
const middle = ([x1, y1], [x2, y2]) => [(x1 + x2) / 2, (y1 + y2) / 2];
