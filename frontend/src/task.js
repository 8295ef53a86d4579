// A task's page: drafts kept while one types, who gets the task next, and people found by their names.
import { offerPeople } from "./people.js";
import { say } from "./words.js";

const WAIT = 1200;

// Files are sent with the form only.
function content(form) {
  const data = new FormData(form);
  for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
  return data;
}

async function post(address, form) {
  const answer = await fetch(address, { method: "POST", body: content(form), headers: { Accept: "application/json" } });
  return answer.ok ? answer.json() : null;
}

function keepDrafts(form) {
  const draftText = form.querySelector("[data-draft-text]");
  const nextText = form.querySelector("[data-next-text]");
  let timer = null;
  let changed = false;
  const tell = (answer) => (nextText.textContent = answer?.next ?? "");
  const keep = async () => {
    changed = false;
    const answer = await post(form.dataset.draft, form).catch(() => null);
    draftText.textContent = answer?.saved ?? say("draftNotKept");
    tell(answer);
  };
  // What was typed last is kept, too, when another act's dialog is sent or the page is left.
  const keepAtOnce = () => {
    clearTimeout(timer);
    if (!changed) return;
    changed = false;
    fetch(form.dataset.draft, { method: "POST", body: content(form), keepalive: true }).catch(() => null);
  };
  form.addEventListener("input", () => {
    changed = true;
    clearTimeout(timer);
    timer = setTimeout(keep, WAIT);
  });
  form.addEventListener("submit", () => {
    changed = false;
    clearTimeout(timer);
  });
  window.addEventListener("pagehide", keepAtOnce);
  post(form.dataset.next, form).then(tell, () => null);
}

document.querySelectorAll("form[data-draft]").forEach(keepDrafts);
document.querySelectorAll("[data-people]").forEach(offerPeople);
