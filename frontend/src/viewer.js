// Where an instance stands, on its diagrams: done elements quiet, active ones and those that failed marked, or how many
// cases stand at each. `data-diagram` is the address of [{name, xml, done: [id], active: [id], failed: [id], counts:
// {id: number}, notes: {id: {text, tone}}, heat: {id: 1 to 5}, begin: [id]}], the last five if there are any. Drag to
// move; zoom with the buttons, + - 0 on the diagram, or Ctrl and wheel.
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
  const isFrame = (element) => element.children?.length > 0;
  const mark = (ids, name) => ids.map((id) => elements.get(id)).filter(Boolean)
    .forEach((element) => canvas.addMarker(element, isFrame(element) ? `${name}-frame` : name));
  mark(diagram.done, "is-done");
  mark(diagram.active, "is-active");
  mark(diagram.failed ?? [], "is-failed");
  for (const [id, shade] of Object.entries(diagram.heat ?? {})) mark([id], `is-heat-${shade}`);
  const stand = (id, className, textContent, place) => elements.get(id)
    && viewer.get("overlays").add(id, { html: make("span", className, { textContent }), ...place });
  for (const [id, count] of Object.entries(diagram.counts ?? {})) {
    stand(id, "diagram-count", count, { position: { top: -12, right: 14 } });
  }
  const notes = diagram.notes ?? {};
  for (const [id, { text, tone }] of Object.entries(notes)) {
    stand(id, `diagram-note is-${tone}`, text, { position: { top: -14, left: 4 }, scale: { min: 1, max: 1.5 } });
  }
  const places = [...diagram.active, ...(diagram.begin ?? []), ...Object.keys(notes), ...diagram.done];
  offerZoom(figure, frame, canvas, begin(canvas, elements, places));
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
