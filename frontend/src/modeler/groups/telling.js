// What an element leaves in the history, and who is told when it happens.
import { say } from "../../words.js";
import { expression, section, select, text } from "../fields.js";

const SILENT = /Gateway$|SequenceFlow$|Lane$|Participant$|Process$|Collaboration$|Annotation$|Association$|Group$|Data/;

export function telling(context) {
  const { element, object, model } = context;
  if (SILENT.test(object.$type)) return [];
  const set = (name) => (value) => model.setProperty(element, object, name, value);
  const notify = model.property(object, "notify");
  const kinds = [["inform", say("inform")], ["remind", say("remind")], ["urge", say("urge")], ["escalate", say("escalate")]].map(([value, label]) => ({ value, label }));
  return [section(say("telling"),
    expression({ label: say("notify"), value: notify, kind: "notify", context, onChange: set("notify"), hint: say("notifyHint") }),
    notify ? select({ label: say("notifyKind"), value: model.property(object, "notify_kind") ?? "inform", options: kinds, onChange: set("notify_kind") }) : null,
    notify ? text({ label: say("notifyText"), value: model.property(object, "notify_text"), rows: 3, onChange: set("notify_text"), hint: say("notifyTextHint") }) : null,
    text({ label: say("record"), value: model.property(object, "record"), onChange: set("record"), hint: say("recordHint") }))];
}
