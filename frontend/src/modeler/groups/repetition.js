// An activity that is done once for each item of a list, or again until a condition holds.
import { say } from "../../words.js";
import { expression, number, section, select, text, tick } from "../fields.js";

export function repetition(context) {
  const { object } = context;
  const loop = object.loopCharacteristics;
  if (!loop) return [];
  return loop.$type === "bpmn:StandardLoopCharacteristics" ? [again(context, loop)] : [forEach(context, loop)];
}

function again({ element, model, ...context }, loop) {
  return section(say("again"),
    expression({ label: say("whileHolds"), value: loop.loopCondition?.body, context, onChange: (value) => model.setOf(element, loop, { loopCondition: value ? model.formal(loop, value) : undefined }) }),
    number({ label: say("atMost"), value: loop.loopMaximum, unit: say("times"), onChange: (value) => model.setOf(element, loop, { loopMaximum: value }) }),
    tick({ label: say("testBefore"), value: loop.testBefore, onChange: (value) => model.setOf(element, loop, { testBefore: value }) }));
}

function forEach({ element, model, ...context }, loop) {
  const variables = context.choices.variables.map((each) => ({ value: each.value, label: each.label ? say("labelled", each) : each.value }));
  const set = (properties) => model.setOf(element, loop, properties);
  const name = loop.inputDataItem?.name ?? loop.inputDataItem?.id ?? "";
  return section(loop.isSequential ? say("oneAfterAnother") : say("sideBySide"),
    select({ label: say("list"), value: loop.loopDataInputRef?.id, options: variables, empty: say("choose"), hint: say("listHint"),
      onChange: (value) => set({ loopDataInputRef: value ? model.item(element, value) : undefined, loopCardinality: undefined }) }),
    loop.loopDataInputRef ? null : expression({ label: say("orHowOften"), value: loop.loopCardinality?.body, context, onChange: (value) => set({ loopCardinality: value ? model.formal(loop, value) : undefined }) }),
    text({ label: say("itemName"), value: name, hint: say("itemHint"), onChange: (value) => set({
      inputDataItem: value ? model.create("bpmn:DataInput", loop, { id: loop.inputDataItem?.id ?? `${element.id}_item`, name: value }) : undefined }) }),
    select({ label: say("collectInto"), value: loop.loopDataOutputRef?.id, options: variables, empty: say("nowhere"),
      onChange: (value) => set({ loopDataOutputRef: value ? model.item(element, value) : undefined }) }),
    expression({ label: say("doneWhen"), value: loop.completionCondition?.body, context, onChange: (value) => set({ completionCondition: value ? model.formal(loop, value) : undefined }) }));
}
