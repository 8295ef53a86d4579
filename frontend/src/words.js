// The sentences that scripts say, in the language of the page: app/templates/words.html writes them into the frame.
const words = JSON.parse(document.querySelector("#words").textContent);

export function say(name, values = {}) {
  return words[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
}
