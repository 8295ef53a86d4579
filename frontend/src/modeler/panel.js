// The properties panel: what the engine reads of the chosen element, in words. It is drawn anew after each change.
import { say } from "../words.js";
import { find, h } from "./dom.js";
import { conditions } from "./groups/conditions.js";
import { events } from "./groups/events.js";
import { general, documentation } from "./groups/general.js";
import { lanes } from "./groups/lanes.js";
import { process } from "./groups/process.js";
import { repetition } from "./groups/repetition.js";
import { tasks } from "./groups/tasks.js";
import { telling } from "./groups/telling.js";

const GROUPS = [general, process, lanes, tasks, events, conditions, repetition, telling, documentation];

// What the loops around an element call their items: known inside them only.
function itemsAround(object) {
  const items = [];
  for (let up = object; up; up = up.$parent) {
    const item = up.loopCharacteristics?.inputDataItem;
    if (item) items.push(item.name ?? item.id);
  }
  return items;
}

export class Panel {
  constructor(modeler, model, choices) {
    Object.assign(this, { modeler, model, choices, place: find("[data-modeler-panel]") });
    modeler.on("selection.changed", () => this.draw());
    modeler.on("commandStack.changed", () => this.later());
  }

  offer(choices) {
    this.choices = choices;
    if (!this.place.contains(document.activeElement)) this.draw();
  }

  // After a change: when the key or press that made it has done its work, so that the focus stays where it went.
  later() {
    setTimeout(() => {
      const label = this.place.contains(document.activeElement) ? document.activeElement.dataset.field : null;
      this.draw();
      if (label) this.place.querySelector(`[data-field="${CSS.escape(label)}"]`)?.focus();
    });
  }

  // `=NAME`: the field of that parameter, where it is shown.
  focusOn(asked) {
    if (!asked.startsWith("=")) return;
    const field = this.place.querySelector(`[data-parameter="${CSS.escape(asked.slice(1))}"]`);
    field?.focus();
    field?.select?.();
  }

  draw() {
    const selected = this.modeler.get("selection").get();
    const element = selected.length === 1 ? selected[0] : this.modeler.get("canvas").getRootElement();
    if (selected.length > 1) return this.place.replaceChildren(h("p", { className: "text-secondary" }, say("severalChosen")));
    const shown = element.type === "label" ? element.labelTarget : element;
    const context = { element: shown, object: shown.businessObject, model: this.model, modeler: this.modeler, choices: this.choices, local: itemsAround(shown.businessObject) };
    this.place.replaceChildren(...GROUPS.flatMap((group) => group(context)).filter(Boolean));
  }
}
