// The slider over a case's life. It is a range like any other: arrow keys, Page Up and Down, Home and End move it, and it
// reads out the entry that it stands at.
import { Film, momentAt } from "./past/film.js";
import { Stage } from "./past/stage.js";
import { showHands, showSteps, showVariables } from "./past/tables.js";
import { say } from "./words.js";

const PACE = 1200;
const section = document.querySelector("[data-past]");
const find = (name) => section.querySelector(`[data-${name}]`);
const slider = section.querySelector("#moment");
const play = find("play");
const day = find("day");
const film = new Film(section.dataset.frames);
let stage = null;
let versions = null;
let at = Number(section.dataset.at);
let playing = null;
let drawn = null;

function go(seq) {
  at = Math.min(Math.max(seq, 1), Number(slider.max));
  slider.value = at;
  cancelAnimationFrame(drawn);
  drawn = requestAnimationFrame(draw);
}

function draw() {
  if (at > film.frames.length) {
    find("moment").textContent = say("loading", { seq: at });
    return;
  }
  const moment = momentAt(film, at);
  const { frame } = moment;
  const text = say("moment", { seq: at, total: film.total, when: frame.when, who: frame.who ? say("by", { who: frame.who }) : "", text: frame.text });
  find("moment").textContent = text;
  slider.setAttribute("aria-valuetext", text);
  const { number, note, day: published } = versions[frame.version];
  find("version").textContent = note
    ? say("versionNoted", { number, note, day: published }) : say("version", { number, day: published });
  showHands(find("hands"), moment);
  showSteps(find("steps"), moment);
  showVariables(find("variables"), moment);
  tellTrouble();
  stage.show(moment);
  day.value = frame.day;
  history.replaceState(null, "", `?at=${at}`);
}

function tellTrouble() {
  const trouble = film.stopped ?? (film.differs !== null && at >= film.differs ? say("differs", { seq: film.differs }) : "");
  find("trouble").textContent = trouble;
  find("trouble").hidden = !trouble;
}

function stop() {
  clearInterval(playing);
  playing = null;
  play.textContent = say("play");
  play.setAttribute("aria-pressed", "false");
}

function start() {
  if (at >= Number(slider.max)) go(1);
  play.textContent = say("pause");
  play.setAttribute("aria-pressed", "true");
  playing = setInterval(() => (at >= Number(slider.max) ? stop() : go(at + 1)), PACE);
}

function listen() {
  const ways = { first: () => 1, previous: () => at - 1, next: () => at + 1, last: () => Number(slider.max) };
  section.querySelectorAll("[data-go]").forEach((button) => button.addEventListener("click", () => {
    stop();
    go(ways[button.dataset.go]());
  }));
  slider.addEventListener("input", () => {
    stop();
    go(Number(slider.value));
  });
  play.addEventListener("click", () => (playing ? stop() : start()));
  day.addEventListener("change", () => {
    stop();
    const found = film.frames.find((frame) => frame.day >= day.value);
    if (day.value) go(found ? found.seq : film.frames.length);
  });
}

// What came in: the slider reaches to where the replay goes, the days to those of the first and last entry.
function arrived() {
  slider.max = film.stopped ? Math.max(film.frames.length, 1) : film.total;
  if (film.frames.length) {
    day.min = film.frames[0].day;
    day.max = film.frames.at(-1).day;
  }
  if (at <= film.frames.length || film.stopped) go(at);
}

async function begin() {
  section.hidden = false;
  try {
    const answer = await fetch(section.dataset.diagrams, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    versions = await answer.json();
    stage = new Stage(find("stage"), versions);
    listen();
    go(at);
    await film.load(arrived);
  } catch (error) {
    console.error(error);
    find("trouble").textContent = say("diagramFailed");
    find("trouble").hidden = false;
  }
}

begin();
