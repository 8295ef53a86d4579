// The process itself: its parameters and variables with what they begin as, and those that follow from others by rule.
import { say } from "../../words.js";
import { h } from "../dom.js";
import { expression, button, section, select, text } from "../fields.js";
import { data } from "../session.js";

const HOLDERS = new Set(["bpmn:Process", "bpmn:Participant", "bpmn:Collaboration"]);

export function process(context) {
  const { object, model } = context;
  if (!HOLDERS.has(object.$type)) return [];
  const own = object.$type === "bpmn:Collaboration" ? object.participants?.find((each) => each.processRef)?.processRef
    : object.$type === "bpmn:Participant" ? object.processRef : object;
  if (!own) return [];
  const set = (name) => (value) => model.setProperty(context.element, own, name, value);
  return [
    section(say("process"),
      text({ label: say("processName"), value: own.name, onChange: (name) => model.setOf(context.element, own, { name }) }),
      select({ label: say("executable"), value: String(own.isExecutable !== false), options: [{ value: "true", label: say("executableYes") }, { value: "false", label: say("executableNo") }], onChange: (value) => model.setOf(context.element, own, { isExecutable: value === "true" }) }),
      select({ label: say("stageOf"), value: model.property(own, "stage"), options: context.choices.stages, empty: say("stageNone"), onChange: set("stage") })),
    ...variables(context, own),
    derived(context, read(model.property(own, "derived")), set("derived")),
  ];
}

function read(text) {
  try {
    const value = JSON.parse(text || "{}");
    return value && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

// Numbers, true, false, lists are written as in JSON; anything else is a text as it stands; nothing is no value yet.
const parsed = (typed) => {
  if (typed.trim() === "") return null;
  try {
    return JSON.parse(typed);
  } catch {
    return typed;
  }
};
const typed = (value) => value === null ? "" : typeof value === "string" && parsed(value) === value ? value : JSON.stringify(value);

function rows(names, field, onRemove) {
  return names.map((name) => h("div", { className: "prop-row" }, field(name), h("button", {
    type: "button", className: "btn-close", attrs: { "aria-label": say("removeNamed", { name }) }, on: { click: () => onRemove(name) },
  })));
}

function without(mapping, name) {
  return Object.fromEntries(Object.entries(mapping).filter(([each]) => each !== name));
}

// A new one has words for people; its name for expressions is given unless somebody wants another one.
function adder(taken, write) {
  let number = 1;
  while (`value_${number}` in taken) number++;
  const words = h("input", { className: "form-control form-control-sm", placeholder: say("newWordsFor"), attrs: { "aria-label": say("newWordsFor") } });
  const name = h("input", { className: "form-control form-control-sm is-code", value: `value_${number}`, pattern: "[A-Za-z_][A-Za-z0-9_]*", attrs: { "aria-label": say("newVariable") } });
  const add = () => {
    if (!name.value || !name.checkValidity() || name.value in taken) return name.classList.add("is-invalid");
    write(name.value, words.value.trim());
  };
  for (const input of [words, name]) input.addEventListener("keydown", (event) => event.key === "Enter" && add());
  return h("div", { className: "prop-row" }, words, name, button(say("add"), add));
}

// Numbers are what administrators change, so they stand first; whatever else a case begins with is folded away. What the
// caller decides is changed there.
function variables({ element, model, choices }, own) {
  const mapping = read(model.property(own, "variables"));
  if (mapping === null) return [section(say("variables"), text({ label: say("variablesText"), value: "", readOnly: true, hint: say("notReadable") }))];
  const labels = read(model.property(own, "labels")) ?? {};
  const asked = new Map(choices.variables.map((each) => [each.value, each.label]));
  const write = (changed) => model.setProperty(element, own, "variables", JSON.stringify(changed));
  const add = (first) => (name, words) => {
    if (words) model.setProperty(element, own, "labels", JSON.stringify({ ...labels, [name]: words }));
    write({ ...mapping, [name]: first });
  };
  const { main } = choices;
  const called = own.id !== main.value ? main.variables : {};
  const field = (name) => {
    const words = labels[name] || asked.get(name);
    const hint = words ? name : "";
    if (called[name] === undefined || called[name] === null)
      return text({ label: words || name, value: typed(mapping[name]), placeholder: say("noValue"), parameter: name, hint, onChange: (value) => write({ ...mapping, [name]: parsed(value) }) });
    const there = h("a", { className: "prop-link", href: `${data.addresses.edit}#=${name}` }, say("callerWins", { name: main.label }));
    return text({ label: words || name, value: typed(called[name]), readOnly: true, hint, after: [there] });
  };
  const remove = (name) => write(without(mapping, name));
  const [numbers, others] = [[], []];
  for (const name of Object.keys(mapping)) (typeof mapping[name] === "number" ? numbers : others).push(name);
  return [
    section(say("parameters"), h("p", { className: "form-hint" }, say("parametersHint")), ...rows(numbers, field, remove), adder(mapping, add(0))),
    h("details", { className: "prop-section" }, h("summary", {}, h("h3", {}, say("variables"))),
      h("p", { className: "form-hint" }, say("variablesHint")), ...rows(others, field, remove), adder(mapping, add(null))),
  ];
}

function derived(context, mapping, onChange) {
  if (mapping === null) return null;
  const write = (changed) => onChange(Object.keys(changed).length ? JSON.stringify(changed) : "");
  const asked = new Map(context.choices.variables.map((each) => [each.value, each.label]));
  const field = (name) => expression({ label: asked.get(name) || name, hint: asked.get(name) ? name : "", value: mapping[name], context, onChange: (value) => write({ ...mapping, [name]: value }) });
  return h("details", { className: "prop-section" }, h("summary", {}, h("h3", {}, say("derived"))),
    h("p", { className: "form-hint" }, say("derivedHint")),
    ...rows(Object.keys(mapping), field, (name) => write(without(mapping, name))), adder(mapping, (name) => write({ ...mapping, [name]: "null" })));
}
