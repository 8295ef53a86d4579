// Below a table: what each of its columns asks and writes, chosen from what exists instead of typed into its head.
import { say } from "../words.js";
import { find } from "./dom.js";
import { expression, section, select, text } from "./fields.js";

const OTHER = "\u0000other";

export function describe(viewer, context) {
  const modeling = viewer.get("modeling");
  const table = viewer.get("sheet").getRoot().businessObject;
  const variables = context.choices.variables.map(({ value, label }) => ({ value, label: label ? say("labelled", { label, value }) : value }));
  const names = new Set(variables.map(({ value }) => value));
  const label = (column) => text({ label: say("columnName"), value: column.label, onChange: (value) => modeling.updateProperties(column, { label: value }) });
  const asked = (input, number) => {
    const from = input.inputExpression;
    const set = (value) => modeling.editInputExpression(from, { text: value });
    const isOther = Boolean(from?.text) && !names.has(from.text.trim());
    return section(say("inputColumn", { n: number + 1 }), label(input),
      select({ label: say("comesFrom"), value: isOther ? OTHER : from?.text?.trim(), empty: say("choose"), options: [...variables, { value: OTHER, label: say("otherExpression") }],
        onChange: (value) => set(value === OTHER ? "len(text(now()))" : value) }),
      isOther ? expression({ label: say("comesFromExpression"), value: from.text, context, onChange: set }) : null);
  };
  const written = (output, number) => section(say("outputColumn", { n: number + 1 }), label(output),
    select({ label: say("goesInto"), value: output.name, options: variables, empty: output.name ? null : say("choose"), onChange: (name) => modeling.editOutputName(output, name) }));
  find("[data-modeler-columns]").replaceChildren(...(table.input ?? []).map(asked), ...(table.output ?? []).map(written));
}
