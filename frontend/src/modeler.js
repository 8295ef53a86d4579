// A draft's diagram in bpmn-js: drawn, described in the panel, checked by the server, kept by itself.
import BpmnModeler from "bpmn-js/lib/Modeler";
import minimap from "diagram-js-minimap";
import { find, h } from "./modeler/dom.js";
import house from "./modeler/house.js";
import laneRefs from "./modeler/lane-refs.js";
import { kindOf } from "./modeler/groups/general.js";
import { Model, keepReferences } from "./modeler/model.js";
import * as pages from "./modeler/pages.js";
import { Panel } from "./modeler/panel.js";
import { refresh, watch } from "./modeler/problems.js";
import { begin, changed, data, redo, undo } from "./modeler/session.js";
import { chinese } from "./modeler/translate.js";
import { say } from "./words.js";

const LEGIBLE = 0.55;
const WIDE = 992;
const PALETTE = 120;
const MARGIN = 40;

const modeler = new BpmnModeler({ container: find("[data-modeler-canvas]"), additionalModules: [chinese, house, laneRefs, minimap] });
const canvas = modeler.get("canvas");
const registry = modeler.get("elementRegistry");

async function load(text) {
  const view = modeler.getDefinitions() ? canvas.viewbox() : null;
  const chosen = view ? modeler.get("selection").get().map(({ id }) => id) : [];
  const { warnings } = await modeler.importXML(text);
  keepReferences(warnings, modeler.get("moddle"));
  await pages.stay(modeler);
  if (view) canvas.viewbox(view);
  else show();
  modeler.get("selection").select(chosen.map((id) => registry.get(id)).filter(Boolean));
  if (!view) page.jump(...asked());
}

// The element that the address asks for, then the way that leads there; `=NAME` asks for a parameter.
function asked() {
  const [element, ...path] = location.hash.slice(1).split(",").map(decodeURIComponent);
  return [element, path];
}

// Small diagrams whole; large ones legible, from their beginning, with the map of the whole. The palette covers nothing.
function show() {
  canvas.zoom("fit-viewport", "auto");
  const scale = Math.max(canvas.zoom() * 0.9, LEGIBLE);
  const { inner } = canvas.viewbox();
  const { width, height } = canvas.getSize();
  canvas.viewbox({ x: inner.x - PALETTE / scale, y: inner.y - MARGIN / scale, width: width / scale, height: height / scale });
  if (scale === LEGIBLE && window.innerWidth >= WIDE) modeler.get("minimap").open();
}

async function read() {
  return (await modeler.saveXML({ format: true })).xml;
}

// An element by its id; a process by the pool that it is drawn in.
function drawn(id) {
  return registry.get(id) ?? registry.find(({ businessObject }) => businessObject?.processRef?.id === id);
}

// The drawing itself is never marked: that would colour all of it.
let marked = [];
function mark(ids, name) {
  marked = marked.filter(([id, marker]) => {
    if (marker === name && registry.get(id)) canvas.removeMarker(id, name);
    return marker !== name;
  });
  for (const id of ids) {
    const element = drawn(id);
    if (!element?.parent) continue;
    canvas.addMarker(element, name);
    marked.push([element.id, name]);
  }
}

// The elements of a way with the lines between them; what holds others is left out, lest all of it looks like the way.
function way(path) {
  const steps = new Set(path);
  const holds = (id) => registry.get(id)?.children?.some((each) => !each.labelTarget);
  const lines = registry.filter(({ businessObject }) => steps.has(businessObject?.sourceRef?.id) && steps.has(businessObject?.targetRef?.id));
  return [...path.filter((id) => !holds(id)), ...lines.map(({ id }) => id)];
}

const page = {
  async jump(id, path = []) {
    await pages.turnTo(modeler, id);
    const element = drawn(id);
    mark(way(path), "is-on-way");
    if (!element) return;
    const root = canvas.findRoot(element);
    if (root) canvas.setRootElement(root);
    modeler.get("selection").select(element);
    canvas.scrollToElement(element, { top: 120, bottom: 120, left: 120, right: 120 });
    find("[data-modeler-canvas]").scrollIntoView({ block: "nearest" });
  },
  marked(problems) {
    mark(problems.map(({ element }) => element).filter(Boolean), "has-problem");
  },
  labelOf(id) {
    const element = drawn(id);
    return element ? element.businessObject.name || kindOf(element, modeler) : "";
  },
};

// What cannot be drawn can still be stepped back over, downloaded and replaced.
function notOpened(error) {
  console.error(error);
  find("[data-modeler-alert]").append(h("div", { className: "alert alert-danger", attrs: { role: "alert" } }, say("notDrawn", { reason: error.message })));
  return { read: async () => data.text, load: async () => location.reload() };
}

async function start() {
  try {
    await load(data.text);
  } catch (error) {
    begin(notOpened(error));
    watch({});
    return;
  }
  const panel = new Panel(modeler, new Model(modeler), data.choices);
  pages.offer(modeler, () => { show(); panel.draw(); });
  page.choices = (choices) => panel.offer(choices);
  panel.draw();
  panel.focusOn(asked()[0]);
  for (const [name, step] of [["undo", undo], ["redo", redo]]) {
    const actions = modeler.get("editorActions");
    actions.unregister(name);
    actions.register(name, step);
  }
  modeler.on("commandStack.changed", changed);
  window.addEventListener("hashchange", () => page.jump(...asked()));
  new ResizeObserver(() => canvas.resized()).observe(find("[data-modeler-canvas]"));
  begin({ read, load: async (text) => { await load(text); panel.draw(); }, saved: () => refresh(page) });
  watch(page);
  document.documentElement.dataset.modelerReady = "";
}

start();
