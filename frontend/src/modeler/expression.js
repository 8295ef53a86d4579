// A text that the engine works out: completion by what exists, and the server's word on it below.
import { say } from "../words.js";
import { h } from "./dom.js";
import { data, post } from "./session.js";

const WAIT = 400;
const MOST = 8;
let lists = 0;

export function known(choices, local = []) {
  return [
    ...local.map((value) => ({ value, label: say("ofThisLoop") })), ...choices.variables,
    ...choices.functions.map(({ value, label }) => ({ value: `${value}(`, label })),
  ];
}

// Puts completion and judgement on a text control.
export function assist(control, { kind, choices, local = [] }) {
  const list = h("ul", { className: "completion", id: `completion-${++lists}`, hidden: true, attrs: { role: "listbox", "aria-label": say("completion") } });
  const told = h("div", { className: "field-told", attrs: { "aria-live": "polite" } });
  Object.assign(control, { autocomplete: "off", spellcheck: false });
  control.classList.add("is-code");
  control.setAttribute("role", "combobox");
  control.setAttribute("aria-expanded", "false");
  control.setAttribute("aria-controls", list.id);
  let timer = null;
  const judge = async () => {
    if (!control.value.trim()) return judged(told, control, "", "");
    if (!control.offsetParent) return; // folded away: the list of problems says it
    const { error, names } = await heard(control.value, kind);
    const all = new Set([...choices().variables.map(({ value }) => value), ...local]);
    const unknown = names.filter((name) => !all.has(name));
    judged(told, control, error, unknown.length ? say("unknownVariables", { names: unknown.join(say("comma")) }) : "");
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => judge().catch(console.error), WAIT);
  };
  const close = () => {
    list.hidden = true;
    control.setAttribute("aria-expanded", "false");
    control.removeAttribute("aria-activedescendant");
  };
  const take = (value) => {
    const [start, end] = word(control);
    control.setRangeText(value, start, end, "end");
    close();
    later();
  };
  control.addEventListener("input", () => { complete(control, list, known(choices(), local), take); later(); });
  control.addEventListener("keydown", (event) => move(event, control, list, close));
  control.addEventListener("blur", () => setTimeout(close, 150));
  if (control.value) later();
  return [list, told];
}

const answers = new Map();

// What a text means does not change: it is asked once.
async function heard(text, kind) {
  const question = `${kind} ${text}`;
  if (!answers.has(question)) answers.set(question, await (await post(data.addresses.expression, { text, kind })).json());
  return answers.get(question);
}

function judged(told, control, error, hint) {
  told.textContent = error || hint;
  told.classList.toggle("is-error", Boolean(error));
  control.classList.toggle("is-invalid", Boolean(error));
  control.setAttribute("aria-invalid", String(Boolean(error)));
}

// The name that is being typed, or the words that it is known by: [from, to] in the control's text.
function word(control) {
  const before = control.value.slice(0, control.selectionStart);
  return [before.length - before.match(/[A-Za-z_\u3400-\u9fff][\w\u3400-\u9fff]*$|$/)[0].length, control.selectionStart];
}

function complete(control, list, all, take) {
  const [start, end] = word(control);
  const typed = control.value.slice(start, end).toLowerCase();
  const fitting = typed ? all.filter(({ value, label }) => value !== typed && (value.toLowerCase().startsWith(typed) || label.includes(typed))).slice(0, MOST) : [];
  list.replaceChildren(...fitting.map(({ value, label }, number) => h("li", {
    id: `${list.id}-${number}`, attrs: { role: "option", "aria-selected": "false" },
    on: { mousedown: (event) => { event.preventDefault(); take(value); } },
  }, h("code", {}, value), " ", h("span", { className: "text-secondary" }, label))));
  list.hidden = fitting.length === 0;
  control.setAttribute("aria-expanded", String(fitting.length > 0));
}

function move(event, control, list, close) {
  if (list.hidden) return;
  const options = [...list.children];
  const at = options.findIndex((each) => each.getAttribute("aria-selected") === "true");
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in steps) {
    const next = options[(at + steps[event.key] + options.length + (at < 0 && event.key === "ArrowUp" ? 1 : 0)) % options.length];
    options.forEach((each) => each.setAttribute("aria-selected", String(each === next)));
    control.setAttribute("aria-activedescendant", next.id);
  } else if (event.key === "Enter" || event.key === "Tab") {
    if (at < 0 && event.key === "Enter") return close();
    options[Math.max(at, 0)].dispatchEvent(new MouseEvent("mousedown", { cancelable: true }));
  } else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopPropagation();
}
