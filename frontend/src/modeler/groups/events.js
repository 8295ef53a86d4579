// What an event waits for or sends: a time, a message, a signal, an error, an escalation, a condition.
import { say } from "../../words.js";
import { h } from "../dom.js";
import { button, expression, section, select, text, tick } from "../fields.js";
import { limit, understood } from "./limits.js";

const TIMES = { timeDuration: "bpmn:timeDuration", timeDate: "bpmn:timeDate", timeCycle: "bpmn:timeCycle" };
const DECLARED = {
  Message: { property: "messageRef", text: "name" }, Signal: { property: "signalRef", text: "name" },
  Error: { property: "errorRef", text: "errorCode" }, Escalation: { property: "escalationRef", text: "escalationCode" },
};

export function events(context) {
  const { element, object, model } = context;
  const found = [];
  const definition = object.eventDefinitions?.[0];
  if (object.$type === "bpmn:BoundaryEvent" && definition?.$type !== "bpmn:ErrorEventDefinition") {
    found.push(section(say("whenItHappens"), tick({
      label: say("interrupts"), value: object.cancelActivity !== false, hint: say("interruptsHint"), onChange: (value) => model.set(element, { cancelActivity: value }),
    })));
  }
  if (definition?.$type === "bpmn:TimerEventDefinition") found.push(timer(context, definition));
  if (definition?.$type === "bpmn:ConditionalEventDefinition") found.push(condition(context, definition));
  for (const [name, { property, text: value }] of Object.entries(DECLARED)) {
    if (definition?.$type === `bpmn:${name}EventDefinition`) found.push(reference(context, definition, name, property, value));
  }
  if (["bpmn:SendTask", "bpmn:ReceiveTask"].includes(object.$type)) found.push(reference(context, object, "Message", "messageRef", "name"));
  return found;
}

function timer({ element, object, model, ...context }, definition) {
  const name = Object.keys(TIMES).find((each) => definition[each]) ?? "timeDuration";
  const value = definition[name]?.body?.trim() ?? "";
  const write = (kind) => (rule) => model.setOf(element, definition, {
    timeDuration: undefined, timeDate: undefined, timeCycle: undefined, [kind]: rule ? model.formal(definition, rule) : undefined,
  });
  // A period counts from the arrival, a date is a moment; an expression may be either, and on a lasting event repeat.
  const change = (rule) => write(name === "timeCycle" ? name : understood(rule).kind === "date" ? "timeDate" : understood(rule).kind === "expression" ? (name === "timeDate" ? name : "timeDuration") : "timeDuration")(rule);
  const kinds = [{ value: "timeDuration", label: say("afterPeriod") }, { value: "timeDate", label: say("atMoment") }];
  if (object.cancelActivity === false) kinds.push({ value: "timeCycle", label: say("againAndAgain") });
  return section(say("timer"),
    ...limit({ element, object, model, ...context, label: say("when"), value, onChange: change, none: null, hint: say("timerHint") }),
    understood(value).kind === "expression" ? select({ label: say("ruleMeans"), value: name, options: kinds, onChange: (kind) => write(kind)(value) }) : null);
}

function condition({ element, model, ...context }, definition) {
  return section(say("condition"), expression({
    label: say("happensWhen"), value: definition.condition?.body, context, onChange: (value) => model.setOf(element, definition, { condition: model.formal(definition, value) }),
  }));
}

function reference({ element, model }, holder, type, property, textOf) {
  const chosen = holder[property];
  const words = { Message: say("message"), Signal: say("signal"), Error: say("error"), Escalation: say("escalation") }[type];
  const known = model.declared(`bpmn:${type}`);
  const options = known.map((each) => ({ value: each.id, label: each.name || each[textOf] || each.id }));
  const create = () => {
    const name = say("newOne", { kind: words });
    const made = model.declare(element, `bpmn:${type}`, textOf === "name" ? { name } : { name, [textOf]: `code_${known.length + 1}` });
    model.setOf(element, holder, { [property]: made });
  };
  return section(words,
    select({ label: say("which", { kind: words }), value: chosen?.id, options, empty: say("choose"), onChange: (id) => model.setOf(element, holder, { [property]: known.find((each) => each.id === id) }) }),
    h("div", { className: "prop" }, button(say("addOne", { kind: words }), create)),
    chosen ? text({ label: say("nameOf", { kind: words }), value: chosen.name, onChange: (name) => model.setOf(element, chosen, { name }), hint: textOf === "name" ? say("nameIsKey") : "" }) : null,
    chosen && textOf !== "name" ? text({ label: say("codeOf", { kind: words }), value: chosen[textOf], onChange: (code) => model.setOf(element, chosen, { [textOf]: code }) }) : null);
}
