// The palette, the context pad and the menus as this house draws: a step is somebody's task, and nothing is offered that
// the engine does not run.

const REFUSED = /(service|manual)-task|transaction|ad-hoc|complex|link|compensation|cancel|participant-multiplicity|data-store|data-input|collection|(conditional|timer|error|escalation|signal|message)-start/;
const TASK = "bpmn:UserTask";

function without(entries) {
  return Object.fromEntries(Object.entries(entries).filter(([name]) => !REFUSED.test(name)));
}

class HousePalette {
  constructor(palette, elementFactory, create, translate) {
    Object.assign(this, { elementFactory, create, translate });
    palette.registerProvider(500, this);
  }

  getPaletteEntries() {
    const start = (event) => this.create.start(event, this.elementFactory.createShape({ type: TASK }));
    return (entries) => ({
      ...without(entries),
      "create.task": {
        group: "activity", className: "bpmn-icon-user-task", title: this.translate("Create user task"),
        action: { dragstart: start, click: start },
      },
    });
  }
}
HousePalette.$inject = ["palette", "elementFactory", "create", "translate"];

class HousePad {
  constructor(contextPad, elementFactory, autoPlace, create, translate) {
    Object.assign(this, { elementFactory, autoPlace, create, translate });
    contextPad.registerProvider(500, this);
  }

  getContextPadEntries(element) {
    const shape = () => this.elementFactory.createShape({ type: TASK });
    const task = {
      group: "model", className: "bpmn-icon-user-task", title: this.translate("Append user task"),
      action: {
        click: () => this.autoPlace.append(element, shape()),
        dragstart: (event) => this.create.start(event, shape(), { source: element }),
      },
    };
    return (entries) => {
      const kept = without(entries);
      return "append.append-task" in kept ? { ...kept, "append.append-task": task } : kept;
    };
  }
}
HousePad.$inject = ["contextPad", "elementFactory", "autoPlace", "create", "translate"];

class HouseMenu {
  constructor(popupMenu) {
    popupMenu.registerProvider("bpmn-replace", 500, this);
  }

  getPopupMenuEntries() {
    return without;
  }

  getPopupMenuHeaderEntries() {
    return without;
  }
}
HouseMenu.$inject = ["popupMenu"];

export default {
  __init__: ["housePalette", "housePad", "houseMenu"],
  housePalette: ["type", HousePalette],
  housePad: ["type", HousePad],
  houseMenu: ["type", HouseMenu],
};
