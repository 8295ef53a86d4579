// What a table's cells offer while somebody types: the variables and functions of expressions, as everywhere, and first
// what the column's own variable can be, by the forms that ask for it and by the cells above and below.
const LITERAL = /^"[^"]*"$/;

export function cells(context) {
  const getVariables = (cell) => [...inColumn(cell, context.choices), ...context.choices.variables.map(named), ...context.choices.functions.map(called)];
  return {
    dmnVariableProvider: ["value", {}],
    feelLanguageContext: ["value", { getConfig: () => ({ builtins: [] }) }],
    variableResolver: ["value", { getVariables, registerProvider() {} }],
  };
}

const named = ({ value, label }) => ({ name: value, detail: label });
const called = ({ value, label }) => ({ name: `${value}()`, detail: label });

// An entry stands in its row at the place of its column.
function inColumn(cell, choices) {
  const rule = cell.$parent;
  const table = rule?.$parent;
  const kind = cell.$type === "dmn:UnaryTests" ? "input" : "output";
  const at = (rule?.[`${kind}Entry`] ?? []).indexOf(cell);
  const column = table?.[kind]?.[at];
  if (!column) return [];
  const variable = kind === "input" ? column.inputExpression?.text?.trim() : column.name;
  const offered = choices.options[variable] ?? [];
  const known = new Set(offered.map(({ value }) => value));
  const used = new Set(table.rule.map((each) => each[`${kind}Entry`]?.[at]?.text?.trim()).filter((text) => LITERAL.test(text) && !known.has(text)));
  return [...offered.map(named), ...[...used].map((value) => ({ name: value, detail: "" }))];
}
