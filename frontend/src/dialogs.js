// An act's <details> becomes a native <dialog>: focus stays inside, Escape closes, the page behind stands still.
import { say } from "./words.js";

function offerCancel(actions, dialog) {
  const cancel = Object.assign(document.createElement("button"), {
    type: "button", className: "btn btn-link", textContent: say("cancel"),
  });
  cancel.addEventListener("click", () => dialog.close());
  actions.append(cancel);
}

function lift(details) {
  const body = details.querySelector(".act-body");
  const summary = details.querySelector("summary");
  const dialog = document.createElement("dialog");
  dialog.className = "act-dialog";
  dialog.setAttribute("aria-labelledby", `${details.id}-title`);
  const close = Object.assign(document.createElement("button"), { type: "button", className: "btn-close act-close" });
  close.setAttribute("aria-label", say("close"));
  close.addEventListener("click", () => dialog.close());
  dialog.append(close, body);
  body.querySelectorAll(".form-actions").forEach((actions) => offerCancel(actions, dialog));
  details.after(dialog);
  summary.setAttribute("aria-haspopup", "dialog");
  summary.addEventListener("click", (event) => {
    event.preventDefault();
    dialog.showModal();
    (dialog.querySelector("input:not([type=hidden]), select, textarea") ?? dialog.querySelector("[data-main]"))?.focus();
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => summary.focus());
  if (details.open) dialog.showModal();
  details.open = false;
}

export function liftDialogs(within = document) {
  within.querySelectorAll("details[data-dialog]").forEach(lift);
}
