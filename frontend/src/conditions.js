// A task's form on the page: hides what need not be asked, adds and removes rows. The server stays the only judge;
// without this script every field is shown and rows change by submitting their buttons.

const conditions = {
  value: (_, [constant]) => constant,
  list: (read, items) => items.map((item) => evaluate(item, read)),
  field: (read, [key]) => read(key),
  not: (read, [inner]) => !truth(evaluate(inner, read)),
  and: (read, parts) => parts.every((part) => truth(evaluate(part, read))),
  or: (read, parts) => parts.some((part) => truth(evaluate(part, read))),
  "==": (read, sides) => same(...sides.map((side) => evaluate(side, read))),
  "!=": (read, sides) => !same(...sides.map((side) => evaluate(side, read))),
  in: (read, sides) => within(...sides.map((side) => evaluate(side, read))),
  "not in": (read, sides) => !within(...sides.map((side) => evaluate(side, read))),
  "<": (read, sides) => ordered(read, sides, (a, b) => a < b),
  "<=": (read, sides) => ordered(read, sides, (a, b) => a <= b),
  ">": (read, sides) => ordered(read, sides, (a, b) => a > b),
  ">=": (read, sides) => ordered(read, sides, (a, b) => a >= b),
  len: (read, [inner]) => (evaluate(inner, read) ?? "").length,
  exists: (read, [inner]) => { const value = evaluate(inner, read); return value === 0 || value === false || truth(value); },
};

function evaluate([kind, ...rest], read) {
  return conditions[kind](read, rest);
}

// As on the server: an empty list or text is false.
function truth(value) {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

function same(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

function within(value, whole) {
  return Array.isArray(whole) ? whole.some((item) => same(item, value)) : String(whole ?? "").includes(value);
}

// What has no order is no reason to hide a field; the server says so when it judges.
function ordered(read, sides, compare) {
  const [a, b] = sides.map((side) => evaluate(side, read));
  return typeof a === typeof b && a !== null && compare(a, b);
}

function valueOf(part) {
  if (part.hidden) return null;
  const name = part.dataset.part;
  const controls = [...part.querySelectorAll("input, select, textarea")].filter((control) => control.name === name);
  const typed = JSON.parse(part.dataset.values ?? "{}");
  const choice = (text) => typed[text] ?? text;
  const ticked = controls.filter((control) => control.checked).map((control) => choice(control.value));
  switch (part.dataset.type) {
    case "checkbox": return ticked.length > 0;
    case "radio": return ticked.length ? ticked[0] : null;
    case "checklist": case "taglist": return ticked;
    case "filepicker": return controls.flatMap((control) => control.files ? [...control.files] : ticked);
    case "select": return controls[0]?.value ? choice(controls[0].value) : null;
    case "number": return number(controls[0]?.value);
    default: return controls[0]?.value.trim() || null;
  }
}

function number(text) {
  const value = (text ?? "").normalize("NFKC").replaceAll(",", "").trim();
  return value === "" || Number.isNaN(Number(value)) ? null : Number(value);
}

// A column is looked up in its own row first, then in the form.
function reader(form, part) {
  const row = part.closest("[data-row]")?.dataset.row ?? "";
  return (key) => {
    const found = [`${row}${key}`, key].map((name) => form.querySelector(`[data-part="${CSS.escape(name)}"]`)).find(Boolean);
    return found ? valueOf(found) : null;
  };
}

// In document order, because a hidden field counts as empty for the conditions after it.
function update(form) {
  for (const part of form.querySelectorAll("[data-hide-if]")) {
    part.hidden = truth(evaluate(JSON.parse(part.dataset.hideIf), reader(form, part)));
  }
}

function addRow(button) {
  const rows = button.closest("[data-rows]");
  const blank = rows.querySelector("template[data-blank-row]");
  const numbers = [...rows.querySelectorAll("[data-row]")].map((row) => Number(row.dataset.row.match(/-(\d+)-$/)[1]));
  const holder = document.createElement("template");
  holder.innerHTML = blank.innerHTML.replaceAll("__row__", String(Math.max(-1, ...numbers) + 1));
  const row = holder.content.firstElementChild;
  blank.before(row);
  row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
}

function removeRow(button) {
  const add = button.closest("[data-rows]").querySelector("[data-row-add]");
  button.closest("[data-row]").remove();
  add.focus();
}

export function start(form) {
  form.addEventListener("input", () => update(form));
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-row-add], [data-row-remove]");
    if (!button) return;
    event.preventDefault();
    button.matches("[data-row-add]") ? addRow(button) : removeRow(button);
    update(form);
    form.dispatchEvent(new Event("input", { bubbles: true }));
  });
  update(form);
}
