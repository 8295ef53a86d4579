// What every element has: its kind, its name, and a note for whoever reads the diagram later.
import { say } from "../../words.js";
import { h } from "../dom.js";
import { section, text } from "../fields.js";

const NAMED = new Set(["bpmn:Association", "bpmn:TextAnnotation", "bpmn:Group"]);
const WHOLE = new Set(["bpmn:Collaboration", "bpmn:Process"]);

export function kindOf(element, modeler) {
  const translate = modeler.get("translate");
  const object = element.businessObject;
  const definition = object.eventDefinitions?.[0]?.$type.replace(/^bpmn:|EventDefinition$/g, "") ?? "";
  const words = (definition + object.$type.replace(/^bpmn:/, "")).replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return translate(words.charAt(0).toUpperCase() + words.slice(1));
}

export function general({ element, object, model, modeler }) {
  const isNote = object.$type === "bpmn:TextAnnotation";
  return [h("p", { className: "prop-kind" }, kindOf(element, modeler)),
    section(say("general"), isNote
      ? text({ label: say("content"), value: object.text, rows: 3, onChange: (value) => model.set(element, { text: value }) })
      : NAMED.has(object.$type) || WHOLE.has(object.$type) ? null
        : text({ label: say("name"), value: object.name, onChange: (value) => model.set(element, { name: value || undefined }) }))];
}

export function documentation({ element, object, model }) {
  if (NAMED.has(object.$type)) return [];
  const holder = object.$type === "bpmn:Participant" && object.processRef ? object.processRef : object;
  const [first, ...others] = holder.documentation ?? [];
  const change = (value) => first && value ? model.setOf(element, first, { text: value }) : model.setOf(element, holder, {
    documentation: [...(value ? [model.create("bpmn:Documentation", holder, { text: value })] : []), ...others],
  });
  return [section(say("documentation"), text({
    label: say("note"), value: first?.text, rows: 3, onChange: change, hint: say("documentationHint"),
  }))];
}
