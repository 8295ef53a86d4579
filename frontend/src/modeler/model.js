// Reading and changing what the engine reads of an element, through the modeler's own commands.
//
// Extension elements are kept as they came, without a description of their vocabulary: with one, whatever it did not
// describe would be dropped on saving.

const SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core";

const isSpiff = (value, name) => value.$descriptor?.ns?.uri === SPIFF && value.$descriptor.ns.localName === name;

export class Model {
  constructor(modeler) {
    this.modeling = modeler.get("modeling");
    this.factory = modeler.get("bpmnFactory");
    this.moddle = modeler.get("moddle");
    this.modeler = modeler;
  }

  // The value of one of our properties, undefined without it.
  property(object, name) {
    return this.#pairs(object).find((pair) => pair.name === name)?.value;
  }

  // Sets it; an empty value takes it away.
  setProperty(element, object, name, value) {
    const pairs = this.#pairs(object);
    const at = pairs.findIndex((pair) => pair.name === name);
    if (value === "" || value === null || value === undefined) {
      if (at < 0) return;
      this.#write(element, object, pairs.filter((_, number) => number !== at));
    } else {
      const pair = this.moddle.createAny("spiffworkflow:property", SPIFF, { name, value });
      this.#write(element, object, at < 0 ? [...pairs, pair] : pairs.map((each, number) => number === at ? pair : each));
    }
  }

  // What stands in an extension element of this vocabulary, such as <spiffworkflow:calledDecisionId>.
  extension(object, name) {
    return object.extensionElements?.values?.find((value) => isSpiff(value, name))?.$body;
  }

  // An attribute or part of the element itself.
  set(element, properties) {
    this.modeling.updateProperties(element, properties);
  }

  // An attribute or part of something inside it.
  setOf(element, object, properties) {
    this.modeling.updateModdleProperties(element, object, properties);
  }

  create(type, parent, properties) {
    const made = this.factory.create(type, properties);
    made.$parent = parent;
    return made;
  }

  formal(parent, text) {
    return this.create("bpmn:FormalExpression", parent, { body: text });
  }

  // The declarations of the file: messages, signals, errors, escalations.
  declared(type) {
    return (this.modeler.getDefinitions().rootElements ?? []).filter((each) => each.$type === type);
  }

  // A new one of them, by its name for people.
  declare(element, type, properties) {
    const definitions = this.modeler.getDefinitions();
    const made = this.create(type, definitions, properties);
    this.setOf(element, definitions, { rootElements: [...(definitions.rootElements ?? []), made] });
    return made;
  }

  // A variable that a multi-instance refers to: BPMN wants it declared in the process.
  item(element, name) {
    const process = this.processOf(element.businessObject);
    const known = (process.properties ?? []).find((each) => each.id === name);
    if (known) return known;
    const made = this.create("bpmn:Property", process, { id: name, name });
    this.setOf(element, process, { properties: [...(process.properties ?? []), made] });
    return made;
  }

  processOf(object) {
    let up = object;
    while (up && up.$type !== "bpmn:Process") up = up.$type === "bpmn:Participant" ? up.processRef : up.$parent;
    return up;
  }

  #pairs(object) {
    const holder = object.extensionElements?.values?.find((value) => isSpiff(value, "properties"));
    return (holder?.$children ?? []).filter((child) => isSpiff(child, "property"));
  }

  #write(element, object, pairs) {
    const extensions = object.extensionElements ?? this.create("bpmn:ExtensionElements", object, { values: [] });
    const others = (extensions.values ?? []).filter((value) => !isSpiff(value, "properties"));
    const holder = this.moddle.createAny("spiffworkflow:properties", SPIFF, { $children: pairs });
    const values = pairs.length ? [...others, holder] : others;
    if (object.extensionElements) return this.setOf(element, extensions, { values });
    extensions.values = values;
    this.setOf(element, object, { extensionElements: extensions });
  }
}

// References to what is not in the file (a variable that nothing declares) would be dropped on saving; they are kept.
export function keepReferences(warnings, moddle) {
  const flows = new Set(["bpmn:sourceRef", "bpmn:targetRef", "bpmn:incoming", "bpmn:outgoing", "bpmn:flowNodeRef"]);
  for (const { element, property, value } of warnings) {
    if (!element || !property || !value || flows.has(property)) continue;
    const described = element.$descriptor.propertiesByName[property];
    if (!described?.isReference) continue;
    const stub = moddle.create("bpmn:Property", { id: value });
    if (described.isMany) element.get(property).push(stub);
    else element.set(property, stub);
  }
}
