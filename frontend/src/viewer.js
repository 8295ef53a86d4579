// Where an instance stands, on its diagrams: done elements quiet, active ones and those that failed marked, or how many
// cases stand at each. `data-diagram` is the address of [{name, xml, done: [id], active: [id], failed: [id], counts:
// {id: number}, notes: {id: {text, tone}}}], the last three if there are any. Drag to move; zoom with the buttons,
// + - 0 on the diagram, or Ctrl and wheel.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import { say } from "./words.js";

const ZOOMS = [
  { key: "+", text: say("zoomIn"), change: (scale) => Math.min(scale * 1.25, 4) },
  { key: "-", text: say("zoomOut"), change: (scale) => Math.max(scale / 1.25, 0.2) },
  { key: "0", text: say("zoomToFit"), change: () => "fit-viewport" },
];

function make(tag, className, content = {}) {
  return Object.assign(document.createElement(tag), { className, ...content });
}

const LEGIBLE = 0.6;

// A large diagram begins where the instance stands, legible; one without a place to begin is shown whole.
function begin(canvas, elements, ids) {
  canvas.zoom("fit-viewport", "auto");
  const at = ids.map((id) => elements.get(id)).find((element) => element && element.width);
  if (!at || canvas.zoom() >= LEGIBLE) return true;
  const { width, height } = canvas.getSize();
  const [w, h] = [width / LEGIBLE, height / LEGIBLE];
  canvas.viewbox({ x: at.x + at.width / 2 - w / 2, y: at.y + at.height / 2 - h / 2, width: w, height: h });
  return false;
}

// A diagram that people have not zoomed stays fitted when the window or its dialog changes.
function offerZoom(figure, frame, canvas, whole) {
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

async function show(holder, diagram) {
  const figure = make("figure", "diagram");
  const frame = make("div", "diagram-canvas");
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", say("diagramOf", { name: diagram.name }));
  figure.append(make("figcaption", "", { textContent: diagram.name }), frame);
  holder.append(figure);
  const viewer = new NavigatedViewer({ container: frame });
  await viewer.importXML(diagram.xml);
  const canvas = viewer.get("canvas");
  const elements = viewer.get("elementRegistry");
  const mark = (ids, name) => ids.filter((id) => elements.get(id)).forEach((id) => canvas.addMarker(id, name));
  mark(diagram.done, "is-done");
  mark(diagram.active, "is-active");
  mark(diagram.failed ?? [], "is-failed");
  const stand = (id, className, textContent, place) => elements.get(id)
    && viewer.get("overlays").add(id, { html: make("span", className, { textContent }), ...place });
  for (const [id, count] of Object.entries(diagram.counts ?? {})) {
    stand(id, "diagram-count", count, { position: { top: -12, right: 14 } });
  }
  const notes = diagram.notes ?? {};
  for (const [id, { text, tone }] of Object.entries(notes)) {
    stand(id, `diagram-note is-${tone}`, text, { position: { top: -14, left: 4 }, scale: { min: 1, max: 1.5 } });
  }
  offerZoom(figure, frame, canvas, begin(canvas, elements, [...diagram.active, ...Object.keys(notes)]));
}

async function start(holder) {
  try {
    const answer = await fetch(holder.dataset.diagram, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    for (const diagram of await answer.json()) await show(holder, diagram);
  } catch (error) {
    console.error(error);
    holder.textContent = say("diagramFailed");
  }
}

// A diagram in closed <details> is fetched when they are first opened.
document.querySelectorAll("[data-diagram]").forEach((holder) => {
  const closed = holder.closest("details:not([open])");
  if (closed) closed.addEventListener("toggle", () => start(holder), { once: true });
  else start(holder);
});
