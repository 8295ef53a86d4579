// bpmn-js and dmn-js in the page's language; test_modeler_words walks their sources for what has no word.
import { find } from "./dom.js";

const words = JSON.parse(find("#modeler-library-words").textContent);

export function translate(template, values = {}) {
  return (words[template.trim()] ?? template).replace(/\{\s*(\w+)\s*\}/g, (_, name) => values[name] ?? `{${name}}`);
}

export const chinese = { translate: ["value", translate] };
