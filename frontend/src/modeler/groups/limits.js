// A period as people say it (some working days, some days, a date), or an expression for what is more than that.
import { say } from "../../words.js";
import { expression, number, select, text } from "../fields.js";

const KINDS = [
  { kind: "working_days", read: /^(?:working_days\((\d+)\)|P(\d+)D)$/, write: (n) => `working_days(${n})`, begin: "working_days(5)" },
  { kind: "days", read: /^days\((\d+)\)$/, write: (n) => `days(${n})`, begin: "days(5)" },
  { kind: "months", read: /^(?:months\((\d+)\)|P(\d+)M)$/, write: (n) => `months(${n})`, begin: "months(1)" },
  { kind: "date", read: /^(\d{4}-\d{2}-\d{2})$/, write: (day) => day, begin: () => new Date().toISOString().slice(0, 10) },
];
const EXPRESSION = "expression";
const OTHER = () => "after(started_at, working_days(5))";

const WORDS = () => ({ working_days: say("inWorkingDays"), days: say("inDays"), months: say("inMonths"), date: say("onDate"), expression: say("byExpression") });
const UNITS = () => ({ working_days: say("workingDays"), days: say("calendarDays"), months: say("months") });

// The kind of a text, and its number or day.
export function understood(value) {
  for (const each of KINDS) {
    const found = each.read.exec(value ?? "");
    if (found) return { kind: each.kind, amount: found[1] ?? found[2] };
  }
  return { kind: value ? EXPRESSION : "", amount: value };
}

// Fields for a period; `none` is what having none is called, null where there has to be one.
export function limit({ label, value, onChange, none, hint, ...context }) {
  const { kind, amount } = understood(value);
  const begin = (chosen) => {
    const rule = KINDS.find((each) => each.kind === chosen)?.begin ?? (chosen ? OTHER : "");
    onChange(typeof rule === "function" ? rule() : rule);
  };
  const options = Object.entries(WORDS()).map(([name, words]) => ({ value: name, label: words }));
  const fields = [select({ label, value: kind, options, empty: none ?? (kind ? null : say("choose")), onChange: begin, hint: kind ? "" : hint })];
  const write = KINDS.find((each) => each.kind === kind)?.write;
  if (kind === "date") fields.push(text({ label: say("day"), type: "date", value: amount, onChange: (day) => day && onChange(day) }));
  else if (kind === EXPRESSION) fields.push(expression({ label: say("ofLimit", { label }), value, onChange, context, kind: "time", hint }));
  else if (kind) fields.push(number({ label: say("howMany", { label }), value: amount, unit: UNITS()[kind], onChange: (n) => onChange(write(n)) }));
  return fields;
}
