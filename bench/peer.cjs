// Finishes one case of DIRECTORY/process.bpmn by bpmn-engine for each line on standard input, a task at a time: the
// engine is recovered from its saved state, one task is signalled, and the state is saved with fsync.
const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");
const { EventEmitter } = require("node:events");
const { Engine } = require("bpmn-engine");

const [folder, tasks] = [process.argv[2], Number(process.argv[3])];
const source = fs.readFileSync(path.join(folder, "process.bpmn"), "utf8");
const file = path.join(folder, "state.json");
const settings = { extensions: {} };
// the condition is written for Python: what it means here is that it does not hold
const scripts = { register() {}, getScript: () => ({ execute: (_scope, done) => done(null, false) }) };

async function save(engine) {
  const handle = fs.openSync(file, "w");
  fs.writeSync(handle, JSON.stringify(await engine.getState()));
  fs.fsyncSync(handle);
  fs.closeSync(handle);
}

async function finishCase() {
  const fresh = new Engine({ name: "peers", source, settings, scripts });
  await fresh.execute({ listener: new EventEmitter() });
  await save(fresh);
  fresh.stop();
  let finished = 0;
  for (;;) {
    const engine = new Engine({ name: "peers", scripts }).recover(JSON.parse(fs.readFileSync(file, "utf8")));
    const execution = await engine.resume({ listener: new EventEmitter() });
    const waiting = execution.getPostponed().filter(({ type }) => type === "bpmn:UserTask");
    if (!waiting.length) return { finished, left: execution.getPostponed().length || undefined };
    waiting[0].signal({ opinion: "同意" });
    finished += 1;
    await save(engine);
    engine.stop();
    if (finished === tasks) return { finished };
  }
}

(async () => {
  for await (const _ of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await finishCase()));
  }
})();
