// The units that can be chosen: one of the organisation's, or a variable that holds one.
import { say } from "../../words.js";

export function unitOptions({ choices }) {
  const variables = choices.variables.filter((each) => /unit/.test(each.value)).map(({ value, label }) => ({
    value, label: say("fromVariable", { name: label ? say("labelled", { label, value }) : value }),
  }));
  return [...variables, ...choices.units.map((each) => ({ value: `'${each.value}'`, label: each.label }))];
}

// One way of writing a unit's code.
export function plain(unit) {
  return (unit ?? "").trim().replace(/^"(.*)"$/, "'$1'");
}
