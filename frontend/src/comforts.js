// What any page may use. Everything here is a comfort: each page works without it.

export const byAll = (selector, act) => document.querySelectorAll(selector).forEach(act);

export function announce(text) {
  const live = document.querySelector("[data-announce]");
  if (live) live.textContent = text;
}

export function offerCopying() {
  byAll("[data-copy]", (button) => {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
      document.querySelector("[data-copied]").textContent = button.dataset.copiedText;
    });
  });
}

export function offerPrinting() {
  byAll("[data-print]", (button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });
}

// A second press while the first is under way would only make people wonder. The server would answer it alike.
export function sendOnce() {
  byAll("form:has([data-once], [data-main])", (form) => {
    const button = form.querySelector("[data-once], [data-main]");
    let sent = false;
    const mark = (value) => {
      sent = value;
      button.classList.toggle("btn-loading", value);
    };
    form.addEventListener("submit", (event) => {
      if (sent) event.preventDefault();
      else if (!event.defaultPrevented) mark(true);
    });
    window.addEventListener("pageshow", () => mark(false));
  });
}

// Ctrl+Enter presses the form's main button from any of its fields.
export function sendByKey() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const form = event.target.closest("form");
    const main = form?.querySelector("[data-main], .btn-primary[type=submit], .btn-primary:not([type])");
    if (main) {
      event.preventDefault();
      form.requestSubmit(main);
    }
  });
}

// Long texts grow as they are typed. What is in a closed dialog has no height yet and keeps its rows.
export function growTexts() {
  const grow = (area) => {
    area.style.height = "auto";
    if (area.scrollHeight > area.clientHeight) area.style.height = `${area.scrollHeight + 2}px`;
  };
  byAll("textarea", grow);
  document.addEventListener("input", (event) => event.target.matches("textarea") && grow(event.target));
}

export function showErrors() {
  document.querySelector("[data-form-errors], #summary")?.focus();
}
