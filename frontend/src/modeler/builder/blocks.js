// The questions of a form, or of a group in it: opened to change, moved, added, removed.
import { say } from "../../words.js";
import { h } from "../dom.js";
import { button } from "../fields.js";
import { details } from "./details.js";
import { KINDS, make } from "./kinds.js";

export function blocks(parts, context) {
  return [...parts.map((part, at) => block(part, at, parts, context)), adder(parts, context)];
}

function block(part, at, parts, context) {
  const label = part.label || part.text || KINDS()[part.type] || part.type;
  const move = (by) => {
    parts.splice(at + by, 0, ...parts.splice(at, 1));
    context.changed(true);
  };
  const holder = h("details", { className: "block", open: context.open.has(part), data: { key: keyed(part) ?? "" }, on: {
    toggle: (event) => {
      if (event.target !== holder) return;
      if (holder.open) context.open.add(part);
      else context.open.delete(part);
      fill();
    },
  } });
  const body = h("div", { className: "block-body" });
  const fill = () => holder.open && !body.children.length && body.append(...details(part, { ...context, siblings: parts }),
    ...(Array.isArray(part.components) ? blocks(part.components, context) : []));
  holder.append(h("summary", {}, h("span", { className: "block-label" }, label),
    h("span", { className: "text-secondary" }, KINDS()[part.type] ?? part.type, part.validate?.required ? say("andRequired") : "")), body);
  fill();
  return h("div", { className: "block-line" }, holder, h("div", { className: "block-acts" },
    icon("↑", say("moveUp", { label }), at === 0, () => move(-1)),
    icon("↓", say("moveDown", { label }), at === parts.length - 1, () => move(1)),
    icon("×", say("removeNamed", { name: label }), false, () => { parts.splice(at, 1); context.changed(true); })));
}

const keyed = (part) => part.key ?? part.path;

// The questions that lead to the one with this key, itself last; [] when there is none.
export function leading(parts, key) {
  for (const part of parts) {
    if (keyed(part) === key) return [part];
    const inner = leading(part.components ?? [], key);
    if (inner.length) return [part, ...inner];
  }
  return [];
}

function icon(sign, label, disabled, click) {
  return h("button", { type: "button", className: "btn btn-sm btn-icon", disabled, title: label, attrs: { "aria-label": label }, on: { click } }, sign);
}

function adder(parts, context) {
  const nested = parts !== context.schema.components;
  const kind = h("select", { className: "form-select form-select-sm", attrs: { "aria-label": say("kindOfNew") } },
    ...Object.entries(KINDS()).filter(([value]) => !nested || !["dynamiclist", "filepicker", "group"].includes(value)).map(([value, words]) => h("option", { value }, words)));
  const add = () => {
    const part = make(kind.value, context.schema);
    parts.push(part);
    context.open.add(part);
    context.changed(true);
  };
  return h("div", { className: "prop-row block-add" }, kind, button(say("addQuestion"), add));
}
