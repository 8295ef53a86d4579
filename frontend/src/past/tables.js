// What stands beside the diagrams: in whose hands the case is, the time of each step, the data. The same as the marks on
// the diagram, in words.
import { make } from "../canvas.js";
import { say } from "../words.js";
import { duration } from "./durations.js";

function cell(tag, text, label) {
  const made = make(tag, "", { textContent: text });
  if (tag === "th") made.scope = "col";
  if (label) made.dataset.label = label;
  return made;
}

function table(caption, headings, rows) {
  const made = make("table", "table table-vcenter card-table stacked");
  made.append(make("caption", "visually-hidden", { textContent: caption }));
  const head = make("tr", "");
  head.append(...headings.map((each) => cell("th", each)));
  made.createTHead().append(head);
  made.createTBody().append(...rows);
  return made;
}

function limit(moment, task) {
  const late = moment.lateBy(task);
  if (late !== null) return make("strong", "past-late", { textContent: say("late", { time: duration(late) }) });
  return make("span", "text-secondary", { textContent: task.due ? say("due", { when: task.due.when }) : say("noLimit") });
}

function held(moment, task) {
  const line = make("li", "past-hand");
  line.append(make("strong", "", { textContent: task.occasion ? say("taskFor", { name: task.name, occasion: task.occasion }) : task.name }));
  line.append(make("span", "", { textContent: task.post }));
  line.append(make("span", task.holder ? "" : "text-secondary", { textContent: task.held ? say("awaitsSigners") : task.holder ?? say("nobody") }));
  line.append(limit(moment, task));
  return line;
}

export function showHands(holder, moment) {
  const list = make("ul", "past-hands");
  list.append(...[...moment.tasks.values()].map((task) => held(moment, task)));
  for (const each of moment.beside) {
    const line = make("li", "past-hand");
    line.append(make("strong", "", { textContent: each.name }), make("span", "", { textContent: each.who }));
    list.append(line);
  }
  const parts = list.childElementCount ? [list] : [make("p", "text-secondary", { textContent: moment.ended ? say("ended") : say("nobodyHolds") })];
  if (moment.incident) parts.unshift(make("p", "past-late", { textContent: say("incident", { message: moment.incident[1] }) }));
  const named = (element) => moment.names.get(element) || element;
  const running = [...moment.timers.values()].sort((a, b) => a.due.at - b.due.at);
  if (running.length) parts.push(folded(say("timers"), running.map(({ element, due }) => say("timer", { name: named(element), when: due.when }))));
  const fired = [...moment.fired].map(([element, { count, when }]) => say("firedOf", { name: named(element), count, when }));
  if (fired.length) parts.push(folded(say("firedTimers"), fired));
  holder.replaceChildren(...parts);
}

function folded(title, lines) {
  const made = make("details", "");
  made.append(make("summary", "", { textContent: title }));
  const list = make("ul", "past-timers");
  list.append(...lines.map((textContent) => make("li", "", { textContent })));
  made.append(list);
  return made;
}

function lateness(moment, step) {
  const open = moment.openAt(step);
  const now = Math.max(...open.map((task) => moment.lateBy(task) ?? -1), -1);
  if (now >= 0) return say("late", { time: duration(now) });
  if (step.lateClosed) return say("lateClosed", { time: duration(step.lateClosed) });
  if (!step.limited) return say("noLimit");
  return open.length ? say("inTime") : say("onTime");
}

export function showSteps(holder, moment) {
  const rows = [...moment.steps.values()].map((step) => {
    const row = make("tr", step.open ? "past-open" : "");
    const late = lateness(moment, step);
    const last = cell("td", late, say("limit"));
    if (step.lateClosed || late.startsWith(say("late", { time: "" }))) last.className = "past-late";
    row.append(
      cell("td", step.open ? `${step.name} · ${say("now")}` : step.name), cell("td", duration(moment.takenAt(step)), say("taken")),
      cell("td", say("times", { count: step.rounds }), say("rounds")),
      cell("td", say("tasksOf", { done: step.done, all: step.all }), say("tasks")), last);
    return row;
  });
  holder.replaceChildren(table(say("stepTimes"), [say("step"), say("taken"), say("rounds"), say("tasks"), say("limit")], rows));
}

function variable([name, { label, text, before, changed }]) {
  const row = make("tr", changed ? "past-changed" : "");
  const first = cell("td", label);
  if (!label) first.append(make("code", "", { textContent: name }));
  const value = cell("td", text, say("value"));
  value.classList.add("past-value");
  if (changed) {
    value.append(" ", make("span", "badge bg-yellow-lt", { textContent: say("changed") }));
    if (before !== undefined) value.append(make("div", "text-secondary", { textContent: say("before", { value: before }) }));
  }
  row.append(first, value);
  return row;
}

// What the last entry changed and what forms have asked for comes first; what the diagram keeps for itself is folded, and
// stays as people have folded it.
export function showVariables(holder, moment) {
  const all = [...moment.variables].sort(([a, one], [b, other]) => other.changed - one.changed || a.localeCompare(b));
  const telling = all.filter(([, { label, empty, changed }]) => changed || (label && !empty));
  const others = all.filter((each) => !telling.includes(each));
  const drawn = (rows) => table(say("variables"), [say("variable"), say("value")], rows.map(variable));
  const folded = make("details", "past-others", { open: holder.querySelector("details")?.open ?? false });
  folded.append(make("summary", "", { textContent: say("others", { count: others.length }) }), drawn(others));
  holder.replaceChildren(drawn(telling), folded);
}
