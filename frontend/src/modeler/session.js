// One open file of a draft: kept by itself a moment after each change, stepped back on the server, so that undoing
// survives a reload. Whoever edits beside is shown; who would overwrite another's change is told and loses nothing.
import { say } from "../words.js";
import { all, find, h } from "./dom.js";

const WAIT = 700;
export const data = JSON.parse(find("#modeler-data").textContent);
const token = find("[data-modeler-token]").value;

let revision = data.revision;
let last = null;
let kept = "";
let timer = null;
let queue = Promise.resolve();
let keeping = 0;
let stopped = false;
let editor = null;

// `editor`: { read: async () => text, load: async (text) => {}, saved: () => {} }.
export function begin(given) {
  editor = given;
  reread();
  find("[data-modeler-undo]").addEventListener("click", undo);
  find("[data-modeler-redo]").addEventListener("click", redo);
  offer(data);
  leaveSafely();
  setInterval(beat, data.beat * 1000);
  beat();
}

// What the editor makes of the file as it is kept: beside it the server sees what the editor drops, and keeps that.
function reread() {
  queue = queue.then(async () => { last = await editor.read(); });
  return queue;
}

export async function post(address, fields) {
  const form = new FormData();
  form.append("csrf_token", token);
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  const answer = await fetch(address, { method: "POST", body: form, headers: { Accept: "application/json" } });
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw Object.assign(new Error(problem.detail ?? say("failed")), { status: answer.status });
}

export function changed() {
  if (stopped) return;
  tell(say("saving"));
  clearTimeout(timer);
  timer = setTimeout(() => { timer = null; keep(); }, WAIT);
}

function keep() {
  keeping++;
  queue = queue.then(async () => {
    if (stopped) return;
    try {
      const text = await editor.read();
      if (text === last) return tell(kept);
      const [upload, opened] = [text, last].map((each) => new File([each], "draft"));
      offer(await (await post(data.addresses.save, { file: data.file, revision, upload, opened })).json());
      last = text;
      alarm(null);
      editor.saved?.();
    } catch (error) {
      refused(error);
    }
  }).finally(() => { keeping--; });
  return queue;
}

// What waits to be kept is kept now.
export async function flush() {
  if (timer !== null) {
    clearTimeout(timer);
    timer = null;
    keep();
  }
  await queue;
}

const step = (address) => async () => {
  await flush();
  if (stopped) return;
  try {
    const answer = await (await post(data.addresses[address], { file: data.file, revision })).json();
    await editor.load(answer.text);
    await reread();
    offer(answer);
    alarm(null);
    editor.saved?.();
  } catch (error) {
    refused(error);
  }
};
export const undo = step("undo");
export const redo = step("redo");

function offer(state) {
  revision = state.revision;
  kept = state.saved;
  tell(kept);
  find("[data-modeler-undo]").disabled = !state.undo;
  find("[data-modeler-redo]").disabled = !state.redo;
  all("input[name=revision]").forEach((input) => { input.value = revision; });
}

function tell(text) {
  find("[data-modeler-saved]").textContent = text;
}

function alarm(text, ...more) {
  const place = find("[data-modeler-alert]");
  place.replaceChildren(...(text ? [h("div", { className: "alert alert-danger", attrs: { role: "alert" } }, text, ...more)] : []));
}

function refused(error) {
  console.error(error);
  tell(say("notSaved"));
  if (error.status === 409) stop(error.message);
  else alarm(error.status ? error.message : say("draftNotKept"));
}

function stop(text) {
  stopped = true;
  alarm(text, h("div", { className: "btn-list mt-2" },
    h("button", { type: "button", className: "btn btn-sm", on: { click: () => location.reload() } }, say("openAnew")),
    h("button", { type: "button", className: "btn btn-sm", on: { click: download } }, say("downloadMine"))));
}

async function download() {
  const address = URL.createObjectURL(new Blob([await editor.read()], { type: "application/octet-stream" }));
  h("a", { href: address, download: data.file.split("/").at(-1) }).click();
  URL.revokeObjectURL(address);
}

async function beat() {
  try {
    const told = await (await post(data.addresses.presence, { file: data.file, revision })).json();
    find("[data-modeler-others]").textContent = told.others;
    if (told.changed && timer === null && !stopped) {
      await queue;
      stop(say("changedBeside", { told: told.changed }));
    }
  } catch (error) {
    console.error(error);
  }
}

// Links and forms of the page wait until what was typed is kept.
function leaveSafely() {
  const pending = () => (timer !== null || keeping > 0) && !stopped;
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || !pending() || link.target || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    await flush();
    location.assign(link.href);
  });
  document.addEventListener("submit", async (event) => {
    if (!pending() || event.defaultPrevented) return;
    event.preventDefault();
    await flush();
    event.target.submit();
  });
  window.addEventListener("beforeunload", (event) => { if (pending()) event.preventDefault(); });
}
