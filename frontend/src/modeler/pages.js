// A file from another tool may hold several drawings, which bpmn-js shows one at a time; each has a button.
import { is } from "bpmn-js/lib/util/ModelUtil";
import { find, h } from "./dom.js";

let shown = null;
let turned = () => {};

// A subprocess's own drawing is no page: it opens from the subprocess.
function pagesOf(modeler) {
  return (modeler.getDefinitions()?.diagrams ?? []).filter(({ plane }) => !is(plane?.bpmnElement, "bpmn:SubProcess"));
}

// Buttons for the pages, where there are several; `then` is called when another one is shown.
export function offer(modeler, then) {
  turned = then;
  draw(modeler);
}

// After the file was read anew: the page that was shown before.
export async function stay(modeler) {
  const page = pagesOf(modeler).find(({ id }) => id === shown);
  if (page && page !== pagesOf(modeler)[0]) await modeler.open(page);
  draw(modeler);
}

// The page that an element is drawn on.
export async function turnTo(modeler, element) {
  if (!element || modeler.get("elementRegistry").get(element)) return;
  const page = pagesOf(modeler).find(({ plane }) => (plane.planeElement ?? []).some(({ bpmnElement }) => bpmnElement?.id === element));
  if (page) await turn(modeler, page);
}

async function turn(modeler, page) {
  shown = page.id;
  await modeler.open(page);
  draw(modeler);
  turned();
}

function draw(modeler) {
  const pages = pagesOf(modeler);
  const current = pages.find(({ id }) => id === shown) ?? pages[0];
  find("[data-modeler-pages]").replaceChildren(...(pages.length < 2 ? [] : pages.map((page, number) => h("button", {
    type: "button", className: `btn btn-sm ${page === current ? "active" : ""}`, attrs: { "aria-pressed": String(page === current) }, on: { click: () => turn(modeler, page) },
  }, page.name || page.plane?.bpmnElement?.name || String(number + 1)))));
}
