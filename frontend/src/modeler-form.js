// A draft's form: its questions as a list to change, and beside it what the officer gets, made by the server.
import { start as comeAlive } from "./conditions.js";
import { blocks, leading } from "./modeler/builder/blocks.js";
import { find, h } from "./modeler/dom.js";
import { text } from "./modeler/fields.js";
import { refresh, watch } from "./modeler/problems.js";
import { begin, changed, data, post } from "./modeler/session.js";

const WAIT = 300;
const list = find("[data-modeler-form]");
const preview = find("[data-modeler-preview]");
const context = { choices: data.choices, schema: null, open: new WeakSet(), changed: edited };
let timer = null;
let asked = 0;

const written = () => `${JSON.stringify(context.schema, null, 2)}\n`;

// `redraw`: the list itself looks different now; its focus stays with the same field.
function edited(redraw = false) {
  changed();
  clearTimeout(timer);
  timer = setTimeout(() => show().catch(console.error), WAIT);
  if (redraw) draw();
}

function draw() {
  const focused = document.activeElement?.dataset.field;
  list.replaceChildren(
    text({ label: list.dataset.nameLabel, value: context.schema.name, onChange: (name) => { context.schema.name = name; edited(); } }),
    ...blocks(context.schema.components, context));
  if (focused) list.querySelector(`[data-field="${CSS.escape(focused)}"]`)?.focus();
}

async function show() {
  const number = ++asked;
  const answer = await post(data.addresses.preview, { text: written() });
  const page = await answer.text();
  if (number !== asked) return;
  preview.innerHTML = page;
  preview.querySelectorAll("[data-task-form]").forEach(comeAlive);
}

async function load(text) {
  context.schema = JSON.parse(text);
  draw();
  await show();
}

// Opens the question with this key, which the address or a finding asks for.
function jump(key) {
  const way = key ? leading(context.schema?.components ?? [], key) : [];
  if (!way.length) return;
  way.forEach((part) => context.open.add(part));
  draw();
  const block = list.querySelector(`[data-key="${CSS.escape(key)}"]`);
  block.scrollIntoView({ block: "center" });
  block.querySelector("summary").focus();
}

const asks = () => decodeURIComponent(location.hash.slice(1).split(",")[0]);
const page = { jump, choices: (choices) => { context.choices = choices; } };
window.addEventListener("hashchange", () => jump(asks()));
preview.addEventListener("submit", (event) => event.preventDefault());
load(data.text).then(() => jump(asks())).catch((error) => {
  console.error(error);
  preview.replaceChildren(h("p", { className: "text-danger" }, error.message));
});
begin({ read: async () => written(), load, saved: () => refresh(page) });
watch(page);
document.documentElement.dataset.modelerReady = "";
