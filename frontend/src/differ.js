// Two versions of a diagram side by side, what differs marked by colour, line and word. `data-differ` is the address of
// [{name, old, new, marks: [{id, kind, text}]}]; kinds are added, removed, changed, moved and
// follows (says what it said, but reads a parameter that has changed). Both sides move together.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import { begin, make, offerZoom } from "./canvas.js";
import { say } from "./words.js";

const SIDES = [
  { side: "old", title: say("before"), hidden: "added" },
  { side: "new", title: say("after"), hidden: "removed" },
];
const KINDS = { added: say("added"), removed: say("removed"), changed: say("changed"), moved: say("moved"), follows: say("follows") };

function legend(kinds) {
  const list = make("ul", "differ-legend");
  for (const kind of kinds) list.append(make("li", `differ-tag is-${kind}`, { textContent: KINDS[kind] }));
  return list;
}

// A mark is a class on the element and, on shapes, a word at its corner, so that no colour has to be told apart.
function mark(viewer, marks, hidden) {
  const elements = viewer.get("elementRegistry");
  for (const { id, kind, text } of marks) {
    const element = elements.get(id);
    if (!element || kind === hidden) continue;
    viewer.get("canvas").addMarker(id, `differ-${kind}`);
    if (element.waypoints || !element.parent) continue;
    const tag = make("span", `differ-tag is-${kind}`, { textContent: KINDS[kind], title: text });
    viewer.get("overlays").add(id, { position: { top: -12, left: 4 }, scale: { min: 1, max: 1 }, html: tag });
  }
}

async function open(figure, diagram, { side, title, hidden }) {
  const part = make("div", "differ-side");
  part.append(make("h3", "h5", { textContent: title }));
  figure.append(part);
  if (diagram[side] === null) {
    part.append(make("p", "text-secondary", { textContent: say("noDiagramThere") }));
    return null;
  }
  const frame = make("div", "diagram-canvas");
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", `${say("diagramOf", { name: diagram.name })} ${title}`);
  part.append(frame);
  const viewer = new NavigatedViewer({ container: frame });
  await viewer.importXML(diagram[side]);
  mark(viewer, diagram.marks, hidden);
  const whole = begin(viewer.get("canvas"), viewer.get("elementRegistry"), diagram.marks.map(({ id }) => id));
  return { viewer, whole };
}

// Whoever moves one side moves the other to the same place.
function together(viewers) {
  let moving = false;
  for (const viewer of viewers) {
    viewer.on("canvas.viewbox.changed", ({ viewbox }) => {
      if (moving) return;
      moving = true;
      const { x, y, width, height } = viewbox;
      for (const other of viewers) if (other !== viewer) other.get("canvas").viewbox({ x, y, width, height });
      moving = false;
    });
  }
}

async function show(holder, diagram) {
  const figure = make("figure", "diagram");
  const caption = make("figcaption", "", { textContent: diagram.name });
  const kinds = ["added", "removed", "changed", "moved", "follows"].filter((kind) => diagram.marks.some((one) => one.kind === kind));
  caption.append(legend(kinds));
  const pair = make("div", "differ-pair");
  figure.append(caption, pair);
  holder.append(figure);
  const opened = [];
  for (const side of SIDES) opened.push(await open(pair, diagram, side));
  const shown = opened.filter(Boolean);
  together(shown.map(({ viewer }) => viewer));
  const { viewer, whole } = shown.at(-1);
  offerZoom(figure, pair, viewer.get("canvas"), whole);
}

async function start(holder) {
  try {
    const answer = await fetch(holder.dataset.differ, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const diagrams = await answer.json();
    holder.replaceChildren();
    for (const diagram of diagrams) await show(holder, diagram);
  } catch (error) {
    console.error(error);
    holder.textContent = say("diagramFailed");
  }
}

document.querySelectorAll("[data-differ]").forEach(start);
