// What every diagram on a page does: it begins where something is to be seen, and is zoomed by buttons, keys and wheel.
import { say } from "./words.js";

const ZOOMS = [
  { key: "+", text: say("zoomIn"), change: (scale) => Math.min(scale * 1.25, 4) },
  { key: "-", text: say("zoomOut"), change: (scale) => Math.max(scale / 1.25, 0.2) },
  { key: "0", text: say("zoomToFit"), change: () => "fit-viewport" },
];

export function make(tag, className, content = {}) {
  return Object.assign(document.createElement(tag), { className, ...content });
}

const LEGIBLE = 0.6;

// A large diagram begins where the instance stands, legible; one without a place to begin is shown whole.
export function begin(canvas, elements, ids) {
  canvas.zoom("fit-viewport", "auto");
  const at = ids.map((id) => elements.get(id)).find((element) => element && element.width);
  if (!at || canvas.zoom() >= LEGIBLE) return true;
  const { width, height } = canvas.getSize();
  const [w, h] = [width / LEGIBLE, height / LEGIBLE];
  canvas.viewbox({ x: at.x + at.width / 2 - w / 2, y: at.y + at.height / 2 - h / 2, width: w, height: h });
  return false;
}

// A diagram that people have not zoomed stays fitted when the window or its dialog changes.
export function offerZoom(figure, frame, canvas, whole) {
  let fitted = whole;
  const zoom = ({ change }) => {
    const wanted = change(canvas.zoom());
    fitted = wanted === "fit-viewport";
    canvas.zoom(wanted, "auto");
  };
  const bar = make("div", "btn-list diagram-zoom");
  for (const step of ZOOMS) {
    const title = say("zoomKey", { zoom: step.text, key: step.key });
    const button = make("button", "btn btn-sm", { type: "button", textContent: step.text, title });
    button.addEventListener("click", () => zoom(step));
    bar.append(button);
  }
  figure.querySelector("figcaption").append(bar);
  frame.addEventListener("keydown", (event) => {
    const step = ZOOMS.find(({ key }) => key === (event.key === "=" ? "+" : event.key));
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    zoom(step);
  });
  frame.addEventListener("wheel", (event) => { if (event.ctrlKey) fitted = false; }, { passive: true });
  new ResizeObserver(() => {
    canvas.resized();
    if (fitted && frame.clientWidth) canvas.zoom("fit-viewport", "auto");
  }).observe(frame);
}
