// A lane says who: a position of a unit.
import { say } from "../../words.js";
import { expression, section, select } from "../fields.js";

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
  const fixed = context.choices.units.map((each) => ({ value: `'${each.value}'`, label: each.label }));
  const variables = context.choices.variables.filter((each) => /unit/.test(each.value)).map((each) => ({ value: each.value, label: say("fromVariable", { name: each.label ? `${each.label}（${each.value}）` : each.value }) }));
  const options = [...variables, ...fixed];
  const plain = (value ?? "").replace(/^"(.*)"$/, "'$1'");
  const isListed = !plain || options.some((each) => each.value === plain);
  const shown = select({ label, value: isListed ? plain : OTHER, empty: say("choose"), options: [...options, { value: OTHER, label: say("otherExpression") }],
    onChange: (chosen) => onChange(chosen === OTHER ? "lead_unit if exists(lead_unit) else 'city'" : chosen), hint: say("unitHint") });
  return [shown, isListed ? null : expression({ label: say("unitExpression"), value, onChange, context })];
}
