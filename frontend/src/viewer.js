// Where an instance stands, on its diagrams: done elements quiet, active ones marked. Zoom with Ctrl and the wheel.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

async function show(holder, diagram) {
  const figure = document.createElement("figure");
  figure.className = "diagram";
  const caption = Object.assign(document.createElement("figcaption"), { textContent: diagram.name });
  const canvas = Object.assign(document.createElement("div"), { className: "diagram-canvas" });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${diagram.name}的流程图`);
  figure.append(caption, canvas);
  holder.append(figure);
  const viewer = new NavigatedViewer({ container: canvas });
  await viewer.importXML(diagram.xml);
  const marks = viewer.get("canvas");
  const elements = viewer.get("elementRegistry");
  const mark = (ids, name) => ids.filter((id) => elements.get(id)).forEach((id) => marks.addMarker(id, name));
  mark(diagram.done, "is-done");
  mark(diagram.active, "is-active");
  marks.zoom("fit-viewport", "auto");
}

async function start(holder) {
  const answer = await fetch(holder.dataset.diagram, { headers: { Accept: "application/json" } });
  if (!answer.ok) {
    holder.textContent = "流程图暂时打不开，请刷新页面再试。";
    return;
  }
  for (const diagram of await answer.json()) await show(holder, diagram);
}

document.querySelectorAll("[data-diagram]").forEach(start);
