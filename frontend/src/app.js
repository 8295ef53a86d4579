// The officers' frame: menus, dialogs, keys. Each page works without it.
import { announce, byAll, growTexts, offerCopying, offerPrinting, sendByKey, sendOnce, showErrors } from "./comforts.js";
import { liftDialogs } from "./dialogs.js";
import { say } from "./words.js";

// `/` goes to the search, unless somebody is typing.
function searchByKey() {
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable], dialog");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    document.querySelector("[data-search]")?.focus();
  });
}

function toggleMenu() {
  byAll("[data-menu-toggle]", (button) => {
    const menu = document.getElementById(button.getAttribute("aria-controls"));
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") !== "true";
      button.setAttribute("aria-expanded", String(open));
      menu.classList.toggle("is-open", open);
    });
  });
}

// On a phone the list comes before the filters that nobody has used: a button unfolds them.
function foldFilters() {
  if (!window.matchMedia("(max-width: 575.98px)").matches) return;
  byAll("[data-fold]", (button) => {
    const more = document.getElementById(button.getAttribute("aria-controls"));
    const show = (shown) => {
      more.hidden = !shown;
      button.setAttribute("aria-expanded", String(shown));
    };
    button.hidden = false;
    button.addEventListener("click", () => show(more.hidden));
    show("used" in more.dataset);
  });
}

// A menu of the top bar closes by Escape and by a press beside it.
function closeMenus() {
  const close = (menu) => menu.removeAttribute("open");
  document.addEventListener("click", (event) => {
    byAll("details[data-menu][open]", (menu) => menu.contains(event.target) || close(menu));
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details[data-menu][open]");
    if (menu) {
      close(menu);
      menu.querySelector("summary").focus();
    }
  });
}

function sendOnChange() {
  byAll("[data-send-on-change]", (control) => control.addEventListener("change", () => control.form.requestSubmit()));
}

function askBefore() {
  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  }, { capture: true });
}

// A part of a page that could not be loaded says why, in the server's words.
function tellFailures() {
  document.addEventListener("htmx:responseError", (event) => {
    let detail = "";
    try {
      detail = JSON.parse(event.detail.xhr.responseText).detail;
    } catch {
      detail = say("failed");
    }
    announce(detail);
    document.querySelector("#content")?.prepend(Object.assign(document.createElement("div"), {
      className: "alert alert-danger", role: "alert", textContent: detail,
    }));
  });
}

askBefore();
searchByKey();
toggleMenu();
closeMenus();
sendOnChange();
liftDialogs();
offerCopying();
offerPrinting();
foldFilters();
sendOnce();
sendByKey();
growTexts();
showErrors();
tellFailures();
