// A case's frames, fetched slice by slice, and what they add up to at any moment. What a frame holds is told in
// app/issues/past/film.py.

const STANDSTILL = 200;
const UNDONE = new Set(["entered", "cancelled", "marked", "failed"]);

export class Film {
  frames = [];
  total = 0;
  differs = null;
  stopped = null;
  beside = [];

  constructor(address) {
    this.address = address;
  }

  // Fetches all that there is; `arrived` is called after every slice.
  async load(arrived) {
    let still = 0;
    do {
      const after = this.frames.length;
      const answer = await fetch(`${this.address}&after=${after}`, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const slice = await answer.json();
      this.frames.push(...slice.frames);
      Object.assign(this, { total: slice.total, differs: slice.differs, stopped: slice.stopped, beside: slice.beside });
      still = slice.frames.length ? 0 : still + 1;
      arrived();
    } while (this.frames.length < this.total && !this.stopped && still < STANDSTILL);
  }
}

// The moment after the entry with this number, from 1.
export function momentAt(film, seq) {
  const moment = new Moment();
  for (const frame of film.frames.slice(0, seq)) moment.take(frame);
  moment.beside = film.beside.filter((each) => each.from <= moment.frame.at && (each.to === null || each.to > moment.frame.at));
  return moment;
}

class Moment {
  frame = null;
  tasks = new Map();
  steps = new Map();
  timers = new Map();
  tokens = new Map();
  passed = new Map();
  ways = new Map();
  fired = new Map();
  variables = new Map();
  names = new Map();
  now = new Set();
  just = [];
  incident = null;
  ended = false;

  take(frame) {
    this.frame = frame;
    this.now = new Set();
    for (const [task, name] of Object.entries(frame.holders ?? {})) this.#change(task, { holder: name, held: false });
    for (const [task, held] of Object.entries(frame.held ?? {})) this.#change(task, { held });
    for (const each of this.variables.values()) each.changed = false;
    if (frame.trace) this.#step(frame);
  }

  #step(frame) {
    this.just = [];
    for (const [task, how] of frame.closed) this.#close(task, how);
    for (const task of frame.rewritten) this.#rewrite(task);
    for (const task of frame.opened) this.#open({ ...task, held: false });
    for (const [task, due] of frame.redated) this.#change(task, { due });
    for (const timer of frame.disarmed) this.timers.delete(timer);
    for (const [timer, element, name, due] of frame.armed) {
      this.names.set(element, name);
      this.timers.set(timer, { element, due });
    }
    for (const trace of frame.trace) this.#trace(trace);
    for (const change of frame.set) this.#set(...change);
    this.incident = frame.incident;
    if (frame.moved) this.tokens.clear();
    if (frame.ended) {
      this.ended = true;
      this.timers.clear();
      this.tokens.clear();
    }
  }

  #trace([element, process, name, what, task]) {
    this.names.set(element, name);
    this.now.add(element);
    const done = this.#processes(process);
    const undone = UNDONE.has(what);
    if (!this.tokens.has(task) && (what === "entered" || !undone)) this.#come(process, element);
    if (!undone) {
      done.add(element);
      this.just = [element, ...this.just];
    }
    if (what === "fired") this.fired.set(element, { count: (this.fired.get(element)?.count ?? 0) + 1, when: this.frame.when });
    if (what === "entered") this.tokens.set(task, element);
    else this.tokens.delete(task);
  }

  // The case comes to an element from one of those that the same entry has just passed, the latest first; which of them a
  // line leads from, the diagram knows. What is jumped to comes from none.
  #come(process, element) {
    if (!this.ways.has(process)) this.ways.set(process, new Map());
    this.ways.get(process).set(`${element} ${this.just}`, { element, from: this.just });
  }

  #processes(process) {
    if (!this.passed.has(process)) this.passed.set(process, new Set());
    return this.passed.get(process);
  }

  #set(name, label, text, empty) {
    const before = this.variables.get(name);
    if (text === null) this.variables.delete(name);
    else this.variables.set(name, { label: label || before?.label || "", text, empty, before: before?.text, changed: true });
  }

  #open(task) {
    this.tasks.set(task.id, task);
    const step = this.#stepOf(task);
    if (!step.open) {
      step.since = this.frame.worked;
      step.rounds += 1;
      [step.done, step.all] = [0, 0];
    }
    step.open += 1;
    step.all += 1;
    step.limited ||= task.due !== null;
  }

  #close(id, how) {
    const task = this.tasks.get(id);
    if (!task) return;
    this.tasks.delete(id);
    const step = this.#stepOf(task);
    this.#leave(step);
    if (how === "completed") step.done += 1;
    if (task.due && this.frame.at > task.due.at) step.lateClosed = Math.max(step.lateClosed, this.frame.worked - task.due.worked);
  }

  #leave(step) {
    step.open -= 1;
    if (!step.open) step.taken += this.frame.worked - step.since;
  }

  // Another version calls the step otherwise, or has it elsewhere.
  #rewrite(task) {
    const before = this.tasks.get(task.id);
    if (!before) return;
    const { elsewhere, ...described } = task;
    const after = { ...before, ...described, due: before.due, holder: elsewhere ? null : before.holder };
    if (after.element === before.element) {
      this.tasks.set(task.id, after);
      this.#stepOf(after).name = after.name;
      return;
    }
    this.#leave(this.#stepOf(before));
    this.#stepOf(before).all -= 1;
    this.#open(after);
  }

  #change(id, values) {
    if (this.tasks.has(id)) this.tasks.set(id, { ...this.tasks.get(id), ...values });
  }

  #stepOf({ element, process, name }) {
    if (!this.steps.has(element)) {
      this.steps.set(element, { element, process, name, rounds: 0, open: 0, done: 0, all: 0, taken: 0, since: 0, lateClosed: 0, limited: false });
    }
    return this.steps.get(element);
  }

  // Seconds of working time that something has lain at a step, what lies there now included.
  takenAt(step) {
    return step.taken + (step.open ? this.frame.worked - step.since : 0);
  }

  // Seconds of working time by which a task is late by now; null when it is not.
  lateBy({ due }) {
    return due && this.frame.at > due.at ? this.frame.worked - due.worked : null;
  }

  openAt(step) {
    return [...this.tasks.values()].filter((task) => task.element === step.element);
  }
}
