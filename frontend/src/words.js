// The sentences that scripts say, in the language of the page: app/templates/words.html writes them into the frame,
// pages with more to say (app/templates/modeler/words.html) add theirs.
const words = Object.assign({}, ...[...document.querySelectorAll("script[data-words]")].map((each) => JSON.parse(each.textContent)));

export function say(name, values = {}) {
  return words[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
}
