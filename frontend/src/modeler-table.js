// A draft's decision tables in dmn-js: edited, checked by the server, kept by itself.
import DecisionTableEditor from "dmn-js-decision-table/lib/Editor";
import EditingManager from "dmn-js-shared/lib/base/EditingManager";
import { is } from "dmn-js-shared/lib/util/ModelUtil";
import { cells } from "./modeler/cells.js";
import { describe } from "./modeler/columns.js";
import { find, h } from "./modeler/dom.js";
import { offerWhatRuns } from "./modeler/hits.js";
import { refresh, watch } from "./modeler/problems.js";
import { begin, changed, data } from "./modeler/session.js";
import { chinese } from "./modeler/translate.js";
import { say } from "./words.js";

class Tables extends EditingManager {
  _getViewProviders() {
    return [{
      id: "decisionTable", constructor: DecisionTableEditor,
      opens: (element) => is(element, "dmn:Decision") && is(element.decisionLogic, "dmn:DecisionTable"),
    }];
  }
}

const place = find("[data-modeler-canvas]");
const context = { choices: data.choices };
const editor = new Tables({ container: place, decisionTable: { additionalModules: [chinese, cells(context)] } });
const watched = new WeakSet();

function open(view) {
  return editor.open(view).then(() => {
    const viewer = editor.getActiveViewer();
    if (!watched.has(viewer)) viewer.on("commandStack.changed", () => { changed(); later(viewer); });
    watched.add(viewer);
    offer(view);
    describe(viewer, context);
  });
}

// The columns are described anew when what changed them has done its work; the focus stays with its field.
function later(viewer) {
  setTimeout(() => {
    const columns = find("[data-modeler-columns]");
    const at = [...columns.querySelectorAll("[data-field]")].indexOf(document.activeElement);
    describe(viewer, context);
    if (at >= 0) columns.querySelectorAll("[data-field]")[at]?.focus();
  });
}

// A file may hold several tables; each has a button.
function offer(current) {
  const views = editor.getViews();
  find("[data-modeler-tables]").replaceChildren(...(views.length < 2 ? [] : views.map((view) => h("button", {
    type: "button", className: "btn btn-sm", attrs: { "aria-pressed": String(view.element.id === current.element.id) }, on: { click: () => open(view) },
  }, view.element.name || view.element.id))));
}

async function load(text) {
  const shown = editor.getActiveView()?.element.id;
  await editor.importXML(text, { open: false });
  const views = editor.getViews();
  await open(views.find(({ element }) => element.id === shown) ?? views[0]);
}

const read = async () => (await editor.saveXML({ format: true })).xml;

async function start() {
  offerWhatRuns();
  try {
    await load(data.text);
  } catch (error) {
    console.error(error);
    find("[data-modeler-alert]").append(h("div", { className: "alert alert-danger", attrs: { role: "alert" } }, say("notDrawn", { reason: error.message })));
    begin({ read: async () => data.text, load: async () => location.reload() });
    watch({});
    return;
  }
  const page = { choices: (choices) => { context.choices = choices; } };
  begin({ read, load, saved: () => refresh(page) });
  watch(page);
  document.documentElement.dataset.modelerReady = "";
}

start();
