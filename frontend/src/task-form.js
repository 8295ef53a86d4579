// A task's form comes alive when its page is opened.
import { start } from "./conditions.js";

document.querySelectorAll("[data-task-form]").forEach(start);
document.querySelector("[data-form-errors]")?.focus();
