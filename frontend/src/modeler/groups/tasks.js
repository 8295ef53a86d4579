// What the kinds of activity need: a form and a limit, a decision table, a script, another process.
import { say } from "../../words.js";
import { h } from "../dom.js";
import { expression, note, section, select } from "../fields.js";
import { data } from "../session.js";
import { limit } from "./limits.js";

export function tasks(context) {
  const { element, object, model, choices } = context;
  const set = (name) => (value) => model.setProperty(element, object, name, value);
  switch (object.$type) {
    case "bpmn:UserTask": return [userTask(context, set)];
    case "bpmn:BusinessRuleTask": return [section(say("decision"),
      select({ label: say("decisionTable"), value: model.property(object, "calledDecisionId") ?? model.extension(object, "calledDecisionId")?.trim(), options: choices.decisions, empty: say("choose"), onChange: set("calledDecisionId"), hint: say("decisionHint") }),
      lead(choices.decisions.length ? null : say("noDecisions")))];
    case "bpmn:ScriptTask": return [section(say("script"),
      expression({ label: say("assignments"), value: object.script, kind: "script", rows: 6, context, onChange: (value) => model.set(element, { script: value }), hint: say("scriptHint") }))];
    case "bpmn:CallActivity": return [section(say("calledProcess"),
      select({ label: say("process"), value: object.calledElement, options: callable(model.processOf(object)?.id, choices), empty: say("choose"), onChange: (value) => model.set(element, { calledElement: value || undefined }), hint: say("calledHint") }))];
    case "bpmn:Task": return [section(say("passing"), note(say("passingHint")))];
    case "bpmn:SubProcess": return object.triggeredByEvent ? [] : [section(say("stage"), stage(context, set))];
    case "bpmn:ServiceTask": case "bpmn:ManualTask": case "bpmn:Transaction": case "bpmn:AdHocSubProcess": case "bpmn:ComplexGateway":
      return [section(say("notRun"), note(say("notRunHint")))];
    default: return [];
  }
}

// The draft's own other processes, and the published ones, which come along when they are chosen.
function callable(own, choices) {
  const published = choices.published.map(({ value, label }) => ({ value, label: say("publishedProcess", { name: label }) }));
  return [...choices.processes.filter(({ value }) => value !== own), ...published];
}

function userTask(context, set) {
  const { object, model, choices } = context;
  const form = model.property(object, "form");
  const chosen = choices.forms.find((each) => each.value === form);
  return section(say("work"),
    select({ label: say("form"), value: form, options: choices.forms, empty: say("choose"), onChange: set("form"),
      after: chosen ? [h("a", { href: `${data.addresses.edit}?file=${encodeURIComponent(chosen.path)}`, className: "prop-link" }, say("openForm"))] : [] }),
    ...limit({ ...context, label: say("due"), value: model.property(object, "due"), onChange: set("due"), none: say("noLimit"), hint: say("dueHint") }),
    stage(context, set),
    expression({ label: say("assignee"), value: model.property(object, "assignee"), context, onChange: set("assignee"), hint: say("assigneeHint") }));
}

function stage({ object, model, choices }, set) {
  return select({ label: say("stageOf"), value: model.property(object, "stage"), options: choices.stages, empty: say("stageAsAround"), onChange: set("stage") });
}

const lead = (text) => (text ? note(text) : null);
