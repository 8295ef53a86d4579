// When a question is asked: always, when another answer is (or is not) a certain one, or by an expression. form-js keeps
// the opposite, the condition under which it is hidden.
import { say } from "../../words.js";
import { expression, select } from "../fields.js";
import { everyPart, keyOf } from "./kinds.js";

const SIMPLE = /^=?\s*([A-Za-z]\w*)\s*(==|!=)\s*(true|false|-?\d+|"(?:[^"\\]|\\.)*")\s*$/;
const ALWAYS = "";
const WHEN = "when";
const BY = "by";

function readSimple(hide) {
  const found = SIMPLE.exec(hide ?? "");
  return found ? { key: found[1], is: found[2] === "!=", value: found[3] } : null;
}

const write = ({ key, is, value }) => `=${key} ${is ? "!=" : "=="} ${value}`;

export function shownWhen(part, context) {
  const hide = part.conditional?.hide ?? "";
  const simple = readSimple(hide);
  const candidates = [...everyPart(context.schema.components)].filter((each) => each !== part && each.type !== "dynamiclist" && answersOf(each).length);
  const asked = simple ? candidates.find((each) => each.key === simple.key) : null;
  const mode = !hide ? ALWAYS : simple && asked ? WHEN : BY;
  const set = (text, redraw = true) => {
    if (text) part.conditional = { ...(part.conditional ?? {}), hide: text };
    else delete part.conditional;
    context.changed(redraw);
  };
  const first = candidates[0];
  const begin = { [ALWAYS]: "", [WHEN]: first ? write({ key: first.key, is: true, value: answersOf(first)[0].value }) : "", [BY]: hide || "=false" };
  const options = [...(candidates.length ? [{ value: WHEN, label: say("askedWhen") }] : []), { value: BY, label: say("hiddenBy") }];
  const fields = [select({ label: say("asked"), value: mode, empty: say("askedAlways"), options, onChange: (chosen) => set(begin[chosen]) })];
  if (mode === WHEN) {
    fields.push(
      select({ label: say("otherQuestion"), value: simple.key, options: candidates.map((each) => ({ value: each[keyOf(each.type)], label: each.label || each.key })),
        onChange: (key) => set(write({ key, is: true, value: answersOf(candidates.find((each) => each.key === key))[0].value })) }),
      select({ label: say("comparison"), value: simple.is ? "is" : "not", options: [{ value: "is", label: say("answerIs") }, { value: "not", label: say("answerIsNot") }], onChange: (chosen) => set(write({ ...simple, is: chosen === "is" })) }),
      select({ label: say("answer"), value: simple.value, options: answersOf(asked), onChange: (value) => set(write({ ...simple, value })) }));
  } else if (mode === BY) {
    fields.push(expression({ label: say("hiddenWhen"), value: hide.replace(/^=/, ""), context, local: [...everyPart(context.schema.components)].map((each) => each.key).filter(Boolean), onChange: (text) => set(text && `=${text}`, false) }));
  }
  return fields;
}

// The answers that a question can have, as an expression says them.
function answersOf(part) {
  if (!part.key) return [];
  if (part.type === "checkbox") return [{ value: "true", label: say("ticked") }, { value: "false", label: say("notTicked") }];
  if (part.type !== "radio" && part.type !== "select") return [];
  return (part.values ?? []).map(({ value, label }) => ({ value: JSON.stringify(value), label: label || String(value) }));
}
