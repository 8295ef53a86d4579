// The diagrams of a moment: the version that held then, the processes that were entered, the path taken so far, where it
// stands, what waits and what is late. Diagrams are opened when they are first shown.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import { begin, make, offerZoom } from "../canvas.js";
import { say } from "../words.js";
import { duration } from "./durations.js";

export class Stage {
  #opened = new Map();
  #wanted = null;
  #drawing = false;

  constructor(holder, versions) {
    this.holder = holder;
    this.versions = versions;
  }

  // Draws a moment; of several that are asked for meanwhile only the last.
  async show(moment) {
    this.#wanted = moment;
    if (this.#drawing) return;
    this.#drawing = true;
    try {
      while (this.#wanted) {
        const next = this.#wanted;
        this.#wanted = null;
        await this.#draw(next);
      }
    } finally {
      this.#drawing = false;
    }
  }

  async #draw(moment) {
    const { diagrams } = this.versions[moment.frame.version];
    const shown = diagrams.filter(({ process }, place) => place === 0 || moment.passed.has(process));
    for (const [key, { figure }] of this.#opened) figure.hidden = !shown.some((each) => key === this.#key(moment, each));
    for (const diagram of shown) {
      const key = this.#key(moment, diagram);
      if (!this.#opened.has(key)) this.#opened.set(key, await this.#open(diagram));
      mark(this.#opened.get(key), moment);
    }
  }

  #key(moment, { process }) {
    return `${moment.frame.version} ${process}`;
  }

  async #open(diagram) {
    const figure = make("figure", "diagram");
    const frame = make("div", "diagram-canvas");
    frame.setAttribute("role", "group");
    frame.setAttribute("aria-label", say("diagramOf", { name: diagram.name }));
    figure.append(make("figcaption", "", { textContent: diagram.name }), frame);
    this.holder.append(figure);
    const viewer = new NavigatedViewer({ container: frame });
    await viewer.importXML(diagram.xml);
    const parts = { figure, frame, canvas: viewer.get("canvas"), elements: viewer.get("elementRegistry"),
      overlays: viewer.get("overlays"), process: diagram.process, marked: [], fitted: null };
    return parts;
  }
}

function mark(parts, moment) {
  const { canvas, elements, overlays } = parts;
  for (const [element, name] of parts.marked) if (elements.get(element.id)) canvas.removeMarker(element, name);
  parts.marked = [];
  overlays.clear();
  const put = (ids, name) => [...ids].map((id) => elements.get(id)).filter(Boolean).forEach((element) => {
    const marker = element.children?.length ? `${name}-frame` : name;
    canvas.addMarker(element, marker);
    parts.marked.push([element, marker]);
  });
  const active = new Set([...moment.tasks.values()].map(({ element }) => element));
  const waiting = new Set([...moment.tokens.values(), ...[...moment.timers.values()].map(({ element }) => element)]);
  const late = [...moment.tasks.values()].filter((task) => moment.lateBy(task) !== null).map(({ element }) => element);
  put(moment.passed.get(parts.process) ?? [], "is-done");
  put(linesTaken(parts, moment), "is-done");
  put([...waiting].filter((id) => !active.has(id)), "is-waiting");
  put(active, "is-active");
  put(late, "is-late");
  put(moment.fired.keys(), "is-fired");
  put(moment.now, "is-now");
  if (moment.incident) put([moment.incident[0]], "is-failed");
  for (const step of moment.steps.values()) note(elements, overlays, moment, step);
  for (const [id, { count }] of moment.fired) {
    if (elements.get(id)) stand(overlays, id, "past-note is-fired", say("fired", { count }), { top: -14, right: 8 });
  }
  place(parts, [...active, ...moment.now, ...waiting]);
}

// The sequence flows that the case has taken: the one that leads to an element from what was passed just before, and all
// that lead into a parallel gateway that has gone on, since it waited for each. Of what an event gateway waits for, one comes.
function linesTaken({ elements, process }, moment) {
  const passed = moment.passed.get(process) ?? new Set();
  const taken = new Set();
  for (const { element, from } of moment.ways.get(process)?.values() ?? []) {
    const flows = (elements.get(element)?.incoming ?? []).filter((flow) => flow.type === "bpmn:SequenceFlow");
    const joined = elements.get(element)?.type === "bpmn:ParallelGateway" && passed.has(element);
    const before = from.find((id) => flows.some((flow) => flow.source.id === id));
    if (!passed.has(element) && elements.get(before)?.type === "bpmn:EventBasedGateway") continue;
    for (const flow of flows) if (joined ? passed.has(flow.source.id) : flow.source.id === before) taken.add(flow.id);
  }
  return taken;
}

// Beside a step: its working time, how many of its tasks are done, which round, and whether it was late.
function note(elements, overlays, moment, step) {
  if (!elements.get(step.element)) return;
  const parts = [duration(moment.takenAt(step))];
  if (step.all > 1) parts.push(say("several", { done: step.done, all: step.all }));
  if (step.rounds > 1) parts.push(say("loop", { count: step.rounds }));
  const late = moment.openAt(step).some((task) => moment.lateBy(task) !== null) || step.lateClosed > 0;
  if (late) parts.push(say("overdue"));
  stand(overlays, step.element, `past-note ${late ? "is-late" : ""}`, parts.join(" · "), { bottom: 8, left: 4 });
}

function stand(overlays, id, className, textContent, position) {
  overlays.add(id, { position, scale: { min: 0.8, max: 1.4 }, html: make("span", className, { textContent }) });
}

// The first moment decides where a diagram begins; later ones are followed when they lie outside.
function place(parts, ids) {
  const { canvas, elements, figure, frame } = parts;
  if (!frame.clientWidth) return;
  if (parts.fitted === null) {
    parts.fitted = begin(canvas, elements, ids);
    offerZoom(figure, frame, canvas, parts.fitted);
    return;
  }
  const next = ids.map((id) => elements.get(id)).find((element) => element?.width && !element.children?.length);
  if (next) canvas.scrollToElement(next, 40);
}
