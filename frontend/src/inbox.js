// The inbox and task pages: keys in the list; drafts kept while one types; who gets the task next.
const WAIT = 1200;

function keys(form) {
  const rows = [...form.querySelectorAll("[data-row]")];
  let current = -1;
  const move = (step) => {
    current = Math.min(rows.length - 1, Math.max(0, current + step));
    rows.forEach((row, index) => row.classList.toggle("is-current", index === current));
    rows[current]?.querySelector("a")?.focus();
  };
  const acts = {
    j: () => move(1),
    k: () => move(-1),
    x: () => rows[current]?.querySelector("input[type=checkbox]:not(:disabled)")?.click(),
    c: () => {
      const box = rows[current]?.querySelector("input[type=checkbox]:not(:disabled)");
      if (!box) return;
      form.querySelectorAll("input[name=item]").forEach((other) => (other.checked = other === box));
      form.requestSubmit();
    },
    "?": () => document.querySelector(".inbox-keys")?.toggleAttribute("open"),
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select, dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  });
}

async function post(address, form) {
  const data = new FormData(form);
  for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
  const answer = await fetch(address, { method: "POST", body: data, headers: { Accept: "application/json" } });
  return answer.ok ? answer.json() : null;
}

function task(form) {
  const draftText = form.querySelector("[data-draft-text]");
  const nextText = form.querySelector("[data-next-text]");
  let timer = null;
  let sending = false;
  const showNext = async () => {
    const answer = await post(form.dataset.next, form).catch(() => null);
    if (nextText) nextText.textContent = answer?.next ?? "";
  };
  const keep = async () => {
    if (sending) return;
    const answer = await post(form.dataset.draft, form).catch(() => null);
    if (draftText) draftText.textContent = answer?.saved ?? "草稿没有存上，请检查网络";
    await showNext();
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, WAIT);
  });
  form.addEventListener("submit", () => {
    sending = true;
    clearTimeout(timer);
  });
  showNext();
}

document.querySelectorAll("[data-inbox]").forEach(keys);
document.querySelectorAll("form[data-draft]").forEach(task);
