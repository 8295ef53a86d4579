// One question: what it asks, how it is answered, when it is asked.
import { say } from "../../words.js";
import { h } from "../dom.js";
import { button, number, select, text, tick } from "../fields.js";
import { shownWhen } from "./condition.js";
import { CHOOSING, CONTAINERS, KINDS, keyOf } from "./kinds.js";

// What people write in their own words; a choice, a number or a date decides where a case goes.
const PERSONAL = new Set(["textfield", "textarea", "dynamiclist"]);

export function details(part, context) {
  const set = (name, redraw = false) => (value) => {
    assign(part, name, value);
    context.changed(redraw);
  };
  if (part.type === "separator") return [shownWhen(part, context)].flat();
  if (part.type === "text") return [text({ label: say("words"), value: part.text, rows: 4, onChange: set("text", true), hint: say("wordsHint", { example: "{plan_days}" }) }), ...shownWhen(part, context)];
  return [
    text({ label: say("question"), value: part.label, onChange: set("label", true) }),
    part.type === "group" ? null : text({ label: say("help"), value: part.description, rows: 2, onChange: set("description") }),
    kind(part, context),
    CONTAINERS.has(part.type) && part.type === "group" ? null : tick({ label: part.type === "checkbox" ? say("mustBeTicked") : say("required"), value: part.validate?.required, onChange: (value) => { within(part, "validate", "required", value || undefined); context.changed(true); } }),
    ...(CHOOSING.has(part.type) ? choices(part, context) : []),
    ...limits(part, context),
    PERSONAL.has(part.type) ? tick({ label: say("personal"), hint: say("personalHint"), value: part.properties?.personal === "true", onChange: (value) => { within(part, "properties", "personal", value ? "true" : undefined); context.changed(); } }) : null,
    ...shownWhen(part, context),
    keyOf(part.type) ? variable(part, context) : null,
    part.type === "group" ? null : text({ label: say("clause"), value: part.properties?.showPolicy, onChange: (value) => { within(part, "properties", "showPolicy", value || undefined); context.changed(); }, hint: say("clauseHint") }),
  ].filter(Boolean);
}

function assign(part, name, value) {
  if (value === "" || value === undefined || value === false) delete part[name];
  else part[name] = value;
}

// Sets one rule in a part's map of rules; an empty map goes.
function within(part, map, name, value) {
  const rules = { ...(part[map] ?? {}) };
  assign(rules, name, value);
  if (Object.keys(rules).length) part[map] = rules;
  else delete part[map];
}

// Kinds that take the same answer may be exchanged; the others would need another question.
function kind(part, context) {
  const like = [["textfield", "textarea"], ["radio", "select"], ["checklist", "taglist"]].find((each) => each.includes(part.type));
  if (!like) return null;
  return select({ label: say("answeredBy"), value: part.type, options: like.map((value) => ({ value, label: KINDS()[value] })), onChange: (value) => { part.type = value; context.changed(true); } });
}

function variable(part, context) {
  const id = `variables-${part[keyOf(part.type)]}`;
  const list = h("datalist", { id }, ...context.choices.variables.map((each) => h("option", { value: each.value }, each.label)));
  const field = text({ label: say("keptAs"), value: part[keyOf(part.type)], hint: say("keptAsHint"), onChange: (value) => { part[keyOf(part.type)] = value; context.changed(); } });
  field.querySelector("input").setAttribute("list", id);
  field.append(list);
  return field;
}

function choices(part, context) {
  const own = "";
  const source = select({
    label: say("choicesFrom"), value: part.valuesKey ?? own, empty: say("choicesOwn"), options: context.choices.lists,
    onChange: (value) => {
      if (value) { part.valuesKey = value; delete part.values; } else { delete part.valuesKey; part.values = []; }
      context.changed(true);
    },
  });
  if (part.valuesKey) return [source];
  const values = part.values ?? (part.values = []);
  const line = (choice, at) => h("div", { className: "prop-row" },
    text({ label: say("choiceNumber", { n: at + 1 }), value: choice.label, onChange: (label) => {
      if (choice.value === choice.label) choice.value = label;
      choice.label = label;
      context.changed();
    } }),
    h("button", { type: "button", className: "btn-close", attrs: { "aria-label": say("removeNamed", { name: choice.label }) }, on: { click: () => { values.splice(at, 1); context.changed(true); } } }));
  const add = () => {
    const label = say("choiceNumber", { n: values.length + 1 });
    values.push({ value: label, label });
    context.changed(true);
  };
  return [source, ...values.map(line), button(say("addChoice"), add)];
}

function limits(part, context) {
  const rule = (label, map, name, options = {}) => number({ label, value: part[map]?.[name], ...options, onChange: (value) => { within(part, map, name, options.asText ? String(value) : value); context.changed(); } });
  switch (part.type) {
    case "textfield": case "textarea": return [rule(say("mostLetters"), "validate", "maxLength")];
    case "number": return [rule(say("least"), "validate", "min"), rule(say("most"), "validate", "max"),
      number({ label: say("decimals"), value: part.decimalDigits, onChange: (value) => { part.decimalDigits = value; context.changed(); } })];
    case "datetime": return [tick({ label: say("notBeforeToday"), value: part.disallowPassedDates, onChange: (value) => { assign(part, "disallowPassedDates", value); context.changed(); } })];
    case "filepicker": return [tick({ label: say("severalFiles"), value: part.multiple, onChange: (value) => { assign(part, "multiple", value); context.changed(); } })];
    case "dynamiclist": return [rule(say("leastRows"), "properties", "minRows", { asText: true }), rule(say("mostRows"), "properties", "maxRows", { asText: true })];
    default: return [];
  }
}
