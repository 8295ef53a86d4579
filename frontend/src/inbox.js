// The inbox's list: keys, and ticking all rows.

function keys(form) {
  const rows = [...form.querySelectorAll("[data-row]")];
  const box = (row) => row?.querySelector("input[type=checkbox]:not(:disabled)");
  let current = -1;
  const move = (step) => {
    current = Math.min(rows.length - 1, Math.max(0, current + step));
    rows.forEach((row, index) => row.classList.toggle("is-current", index === current));
    rows[current]?.querySelector("a")?.focus();
  };
  const claim = () => {
    const own = box(rows[current]);
    if (!own) return;
    form.querySelectorAll("input[name=item]").forEach((other) => (other.checked = other === own));
    form.requestSubmit();
  };
  const acts = {
    j: () => move(1),
    k: () => move(-1),
    x: () => box(rows[current])?.click(),
    c: claim,
    "?": () => document.querySelector("#keys summary")?.click(),
  };
  rows.forEach((row, index) => row.addEventListener("focusin", () => (current = index)));
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select, dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  });
}

function tickAll(all) {
  const boxes = document.querySelectorAll(`#${all.dataset.all} input[type=checkbox]:not(:disabled)`);
  all.closest("[hidden]").hidden = boxes.length === 0;
  all.addEventListener("change", () => boxes.forEach((box) => (box.checked = all.checked)));
}

document.querySelectorAll("[data-inbox]").forEach(keys);
document.querySelectorAll("[data-all]").forEach(tickAll);
