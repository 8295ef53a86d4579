// The kinds of question that the server reads (docs/forms.md), in words, and what a new one begins as.
import { say } from "../../words.js";

export const KINDS = () => ({
  textfield: say("kindText"), textarea: say("kindTexts"), number: say("kindNumber"), datetime: say("kindDate"),
  radio: say("kindRadio"), select: say("kindSelect"), checkbox: say("kindTick"), checklist: say("kindSeveral"),
  taglist: say("kindTags"), filepicker: say("kindFiles"), dynamiclist: say("kindRows"), group: say("kindGroup"),
  text: say("kindWords"), separator: say("kindLine"),
});

export const CHOOSING = new Set(["radio", "select", "checklist", "taglist"]);
export const CONTAINERS = new Set(["group", "dynamiclist"]);

// Where a part keeps the variable that it writes; null for those that write none.
export function keyOf(type) {
  if (["text", "separator", "group"].includes(type)) return null;
  return type === "dynamiclist" ? "path" : "key";
}

export function* everyPart(components) {
  for (const part of components ?? []) {
    yield part;
    yield* everyPart(part.components);
  }
}

export function make(type, schema) {
  const taken = new Set([...everyPart(schema.components)].map((part) => part.key ?? part.path));
  let number = 1;
  while (taken.has(`field_${number}`)) number++;
  const part = { type };
  if (type === "text") return { ...part, text: say("newWords") };
  if (type === "separator") return part;
  part.label = say("newQuestion");
  if (keyOf(type)) part[keyOf(type)] = `field_${number}`;
  if (CHOOSING.has(type)) part.values = [1, 2].map((n) => ({ value: say("choiceNumber", { n }), label: say("choiceNumber", { n }) }));
  if (CONTAINERS.has(type)) part.components = [];
  if (type === "datetime") part.subtype = "date";
  return part;
}
