// Fields of the properties panel: label, control, hint. A change is told when it is finished, not at each letter.
import { h } from "./dom.js";
import { assist } from "./expression.js";

let count = 0;

function box(label, control, { hint = "", after = [] } = {}) {
  control.id = `p-${++count}`;
  control.dataset.field = label;
  const help = hint ? h("div", { className: "form-hint", id: `${control.id}-help` }, hint) : null;
  if (help) control.setAttribute("aria-describedby", help.id);
  return h("div", { className: "prop" }, h("label", { className: "form-label", htmlFor: control.id }, label), control, ...after, help);
}

export function section(title, ...fields) {
  const shown = fields.filter(Boolean);
  return shown.length ? h("section", { className: "prop-section" }, h("h3", {}, title), ...shown) : null;
}

export function text({ label, value, onChange, hint, rows = 0, type = "text", placeholder = "", readOnly = false, parameter = null, after = [] }) {
  const control = h(rows ? "textarea" : "input", { className: "form-control form-control-sm", value: value ?? "", placeholder, readOnly, on: { change: () => onChange(control.value) } });
  if (rows) control.rows = rows;
  else control.type = type;
  if (parameter) control.dataset.parameter = parameter;
  return box(label, control, { hint, after });
}

export function number({ label, value, unit, onChange, hint }) {
  const control = h("input", { type: "number", min: 0, max: 999, className: "form-control form-control-sm", value: value ?? "", on: { change: () => control.value !== "" && onChange(Number(control.value)) } });
  const field = box(label, control, { hint });
  if (unit) withUnit(control, unit);
  return field;
}

function withUnit(control, unit) {
  const holder = h("span", { className: "prop-unit" });
  control.replaceWith(holder);
  holder.append(control, unit);
}

export function tick({ label, value, onChange, hint }) {
  const control = h("input", { type: "checkbox", className: "form-check-input", checked: Boolean(value), on: { change: () => onChange(control.checked) } });
  control.dataset.field = label;
  return h("div", { className: "prop" }, h("label", { className: "form-check" }, control, h("span", { className: "form-check-label" }, label)),
    hint ? h("div", { className: "form-hint" }, hint) : null);
}

// `options`: [{ value, label }]; a value that is none of them is shown as it is, so that nothing is lost by looking.
export function select({ label, value, options, onChange, hint, empty = null, after = [] }) {
  const shown = [...(empty === null ? [] : [{ value: "", label: empty }]), ...options];
  if (value && !shown.some((each) => each.value === value)) shown.push({ value, label: value });
  const control = h("select", { className: "form-select form-select-sm", on: { change: () => onChange(control.value) } },
    ...shown.map((each) => h("option", { value: each.value, selected: each.value === (value ?? "") }, each.label)));
  return box(label, control, { hint, after });
}

export function expression({ label, value, onChange, hint, context, kind = "expression", rows = 0, local = context.local ?? [], placeholder = "" }) {
  const control = h(rows ? "textarea" : "input", { className: "form-control form-control-sm", value: value ?? "", placeholder, on: { change: () => onChange(control.value.trim()) } });
  if (rows) control.rows = rows;
  return box(label, control, { hint, after: assist(control, { kind, choices: () => context.choices, local }) });
}

export function button(label, onClick, className = "btn btn-sm") {
  return h("button", { type: "button", className, on: { click: onClick } }, label);
}

export function note(content) {
  return h("p", { className: "form-hint" }, content);
}
