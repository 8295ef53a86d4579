// A long list of people gets a box that finds them by name or unit. Where several may be chosen, a press on a name puts
// it on the list of the chosen, in the order of pressing; without this script the list is an ordinary one.
import { say } from "./words.js";

const MANY = 8;
const ROWS = 7;

const make = (tag, className, content = {}) => Object.assign(document.createElement(tag), { className, ...content });

function finder(select, label) {
  const box = make("input", "form-control mb-1", {
    type: "search", placeholder: say("findPlaceholder"), autocomplete: "off",
  });
  box.setAttribute("aria-label", say("find", { list: label }));
  const groups = [...select.querySelectorAll("optgroup")].map((group) => [group, [...group.children]]);
  box.addEventListener("input", () => {
    const wanted = box.value.trim();
    for (const [group, options] of groups) {
      const whole = group.label.includes(wanted);
      const found = options.filter((option) => whole || option.text.includes(wanted));
      group.replaceChildren(...found);
      group.hidden = found.length === 0;
    }
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") select.focus();
    else if (event.key !== "Enter" || event.ctrlKey) return;
    event.preventDefault();
    const first = select.querySelector("optgroup option");
    if (event.key === "Enter" && first) {
      select.value = first.value;
      select.dispatchEvent(new Event("pick"));
    }
  });
  return box;
}

function chosenList(select, label) {
  const list = make("ol", "people-chosen");
  list.setAttribute("aria-label", say("chosen", { list: label }));
  const form = select.form;
  const check = () => select.setCustomValidity(list.children.length ? "" : say("chooseSomebody"));
  const add = (value, text) => {
    if (!value || list.querySelector(`input[value="${value}"]`)) return;
    const line = make("li", "");
    const remove = make("button", "btn-close people-remove", { type: "button" });
    remove.setAttribute("aria-label", say("remove", { name: text }));
    remove.addEventListener("click", () => { line.remove(); check(); select.focus(); });
    line.append(make("span", "", { textContent: text }), make("input", "", { type: "hidden", name: select.dataset.name, value }), remove);
    list.append(line);
    check();
  };
  form.addEventListener("reset", () => { list.replaceChildren(); check(); });
  return { list, add, check };
}

export function offerPeople(part) {
  const select = part.querySelector("select");
  const label = part.querySelector("label").firstChild.textContent;
  if ("several" in part.dataset) {
    const already = [...select.selectedOptions].map((option) => [option.value, option.text]);
    Object.assign(select.dataset, { name: select.name });
    part.querySelector(".people-hint").textContent = say("chooseInOrder");
    select.removeAttribute("name");
    select.required = false;
    select.multiple = false;
    select.selectedIndex = -1;
    const { list, add, check } = chosenList(select, label);
    already.forEach(([value, text]) => add(value, text));
    check();
    const pick = () => { const option = select.selectedOptions[0]; if (option) add(option.value, option.text); };
    let byKey = false;
    select.addEventListener("pointerdown", () => (byKey = false));
    select.addEventListener("keydown", (event) => {
      byKey = true;
      if (event.key !== "Enter" || event.ctrlKey) return;
      event.preventDefault();
      pick();
    });
    select.addEventListener("change", () => byKey || pick());
    select.addEventListener("pick", pick);
    part.append(list);
  }
  const options = select.querySelectorAll("optgroup option").length;
  if (options <= MANY) return;
  select.before(finder(select, label));
  select.size = ROWS;
}
