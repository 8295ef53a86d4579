// Before anything is painted: the system's dark mode, and the mark that scripts run (menus then start closed).
const dark = matchMedia("(prefers-color-scheme: dark)");
const root = document.documentElement;

function follow() {
  root.dataset.bsTheme = dark.matches ? "dark" : "light";
}

root.classList.add("has-script");
dark.addEventListener("change", follow);
follow();
