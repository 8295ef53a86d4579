// What an element leaves in the history, and who is told when it happens.
import { say } from "../../words.js";
import { h } from "../dom.js";
import { button, section, select, text } from "../fields.js";
import { plain, unitOptions } from "./units.js";

const SILENT = /Gateway$|SequenceFlow$|Lane$|Participant$|Process$|Collaboration$|Annotation$|Association$|Group$|Data/;
const ENTERPRISE = "enterprise";

export function telling(context) {
  const { element, object, model } = context;
  if (SILENT.test(object.$type)) return [];
  const set = (name) => (value) => model.setProperty(element, object, name, value);
  const notify = model.property(object, "notify");
  const kinds = [["inform", say("inform")], ["remind", say("remind")], ["urge", say("urge")], ["escalate", say("escalate")]].map(([value, label]) => ({ value, label }));
  return [section(say("telling"),
    ...targets(context, notify ?? "", set("notify")),
    notify ? select({ label: say("notifyKind"), value: model.property(object, "notify_kind") ?? "inform", options: kinds, onChange: set("notify_kind") }) : null,
    notify ? text({ label: say("notifyText"), value: model.property(object, "notify_text"), rows: 3, onChange: set("notify_text"), hint: say("notifyTextHint") }) : null,
    text({ label: say("record"), value: model.property(object, "record"), onChange: set("record"), hint: say("recordHint") }))];
}

// `lead_unit/head; enterprise` is written by choosing: a unit and a position in each line, or the enterprise.
function targets(context, notify, onChange) {
  const parts = notify.split(";").map((part) => part.trim()).filter(Boolean).map((part) => {
    const at = part.lastIndexOf("/");
    return at < 0 ? { unit: part, position: "" } : { unit: plain(part.slice(0, at)), position: part.slice(at + 1).trim() };
  });
  const write = (list) => onChange(list.map(({ unit, position }) => unit === ENTERPRISE ? unit : `${unit}/${position}`).join("; "));
  const change = (number, changed) => write(parts.map((part, at) => at === number ? { ...part, ...changed } : part));
  const options = [{ value: ENTERPRISE, label: say("theEnterprise") }, ...unitOptions(context)];
  const [first] = context.choices.positions;
  const lines = parts.map((part, at) => h("div", { className: "prop-row" },
    select({ label: say("notifyUnit", { n: at + 1 }), value: part.unit, options, onChange: (unit) => change(at, { unit, position: part.position || first?.value }) }),
    part.unit === ENTERPRISE ? null : select({ label: say("notifyPosition", { n: at + 1 }), value: part.position, options: context.choices.positions, onChange: (position) => change(at, { position }) }),
    h("button", { type: "button", className: "btn-close", attrs: { "aria-label": say("removeNamed", { name: say("notifyUnit", { n: at + 1 }) }) }, on: { click: () => write(parts.filter((_, number) => number !== at)) } })));
  return [...lines, h("div", { className: "prop" }, button(say("addNotified"), () => write([...parts, { unit: ENTERPRISE, position: "" }])))];
}
