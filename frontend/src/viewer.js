// Where an instance stands, on its diagrams: done elements quiet, active ones marked. `data-diagram` is the address of
// [{name, xml, done: [id], active: [id]}]. Drag to move; zoom with the buttons, + - 0 on the diagram, or Ctrl and wheel.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import { begin, make, offerZoom } from "./canvas.js";
import { say } from "./words.js";

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
  offerZoom(figure, frame, canvas, begin(canvas, elements, diagram.active));
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
