// A lane says who: a position of a unit.
import { say } from "../../words.js";
import { expression, section, select } from "../fields.js";
import { plain, unitOptions } from "./units.js";

const OTHER = "\u0000other";

export function lanes(context) {
  const { element, object, model, choices } = context;
  if (object.$type !== "bpmn:Lane") return [];
  const set = (name) => (value) => model.setProperty(element, object, name, value);
  return [section(say("who"),
    select({ label: say("position"), value: model.property(object, "position"), options: choices.positions, empty: say("choose"), onChange: set("position"), hint: say("positionHint") }),
    ...unit(context, say("unit"), model.property(object, "unit"), set("unit")))];
}

// A unit is one of the organisation's, a variable that holds one, or an expression.
function unit(context, label, value, onChange) {
  const options = unitOptions(context);
  const isListed = !value || options.some((each) => each.value === plain(value));
  const shown = select({ label, value: isListed ? plain(value) : OTHER, empty: say("choose"), options: [...options, { value: OTHER, label: say("otherExpression") }],
    onChange: (chosen) => onChange(chosen === OTHER ? "lead_unit if exists(lead_unit) else 'city'" : chosen), hint: say("unitHint") });
  return [shown, isListed ? null : expression({ label: say("unitExpression"), value, onChange, context })];
}
