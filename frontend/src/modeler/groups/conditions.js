// Which way goes on: the conditions of a gateway's exits and the one that is taken when none holds.
import { say } from "../../words.js";
import { expression, note, section, tick } from "../fields.js";

const DECIDING = new Set(["bpmn:ExclusiveGateway", "bpmn:InclusiveGateway"]);

export function conditions(context) {
  const { object } = context;
  if (object.$type === "bpmn:SequenceFlow") {
    return DECIDING.has(object.sourceRef?.$type) && object.sourceRef.outgoing.length > 1 ? [exit(context, object, object.sourceRef, say("thisExit"))] : [];
  }
  if (!DECIDING.has(object.$type)) return [];
  const leaving = object.outgoing ?? [];
  if (leaving.length < 2) return [section(say("exits"), note(say("joinsOnly")))];
  return leaving.map((flow) => exit(context, flow, object, say("exitTo", { name: flow.name || flow.targetRef?.name || say("unnamed") })));
}

function exit(context, flow, gateway, title) {
  const { model, modeler } = context;
  const registry = modeler.get("elementRegistry");
  const [line, diamond] = [registry.get(flow.id), registry.get(gateway.id)];
  if (!line || !diamond) return null;
  const isDefault = gateway.default === flow;
  return section(title,
    tick({ label: say("isDefault"), value: isDefault, hint: isDefault ? say("isDefaultHint") : "", onChange: (value) => {
      if (value && flow.conditionExpression) model.set(line, { conditionExpression: undefined });
      model.set(diamond, { default: value ? flow : undefined });
    } }),
    isDefault ? null : expression({ label: say("takenWhen"), value: flow.conditionExpression?.body, context, hint: say("conditionHint"),
      onChange: (value) => model.set(line, { conditionExpression: value ? model.formal(flow, value) : undefined }) }));
}
