// Builds what pages load into app/static/dist, with content hashes in the names and a manifest that app/assets.py reads.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const OUT = new URL("../app/static/dist/", import.meta.url);
const ENTRIES = [
  "src/theme.js", "src/app.js", "src/inbox.js", "src/portal.js", "src/task.js", "src/task-form.js", "src/viewer.js",
  "src/past.js", "src/past.css", "src/mining.css", "src/measures.js",
  "src/moving.js", "src/differ.js", "src/modeler.js", "src/modeler-table.js", "src/modeler-form.js",
  "src/app.css", "src/viewer.css", "src/differ.css", "src/modeler.css", "src/modeler-table.css", "src/modeler-form.css",
];
const ICONS = [
  "alert-triangle", "arrow-back-up", "arrow-forward-up", "bell", "building", "calendar", "calendar-off", "chart-bar", "check",
  "checks", "chevron-down", "circle-check", "clipboard-list", "clock", "copy", "download", "edit", "eye", "file-text",
  "flag", "gauge", "git-branch", "help", "history", "home", "inbox", "list", "logout", "mail", "menu-2", "message", "paperclip", "plus",
  "printer", "refresh", "route", "search", "send", "settings", "sitemap", "square", "star", "trash", "triangle", "upload",
  "user", "user-check", "users",
];

const manifest = {};

async function put(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const hashed = name.replace(/(\.[a-z]+)$/, `-${hash}$1`);
  await writeFile(new URL(hashed, OUT), content);
  manifest[name] = hashed;
  const [plain, packed] = [content, gzipSync(content)].map(({ length }) => `${(length / 1024).toFixed(0).padStart(4)} KB`);
  console.log(`${name.padEnd(14)} ${plain}, ${packed} gzipped`);
}

// One symbol an icon; the page uses `icons.svg#name`.
async function sprite() {
  const symbols = await Promise.all(ICONS.map(async (name) => {
    const svg = await readFile(new URL(`node_modules/@tabler/icons/icons/outline/${name}.svg`, import.meta.url), "utf8");
    const inner = svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace("</svg>", "").trim();
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${inner}</symbol>`;
  }));
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
}

await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });
const bundled = await build({
  absWorkingDir: new URL(".", import.meta.url).pathname,
  entryPoints: ENTRIES, outdir: "out", write: false, bundle: true, minify: true, format: "iife",
  target: ["chrome109"], loader: { ".svg": "dataurl", ".woff": "dataurl", ".woff2": "dataurl" }, legalComments: "none",
});
for (const file of bundled.outputFiles) await put(file.path.split("/").at(-1), file.contents);
await put("htmx.js", await readFile(new URL("node_modules/htmx.org/dist/htmx.min.js", import.meta.url)));
await put("icons.svg", Buffer.from(await sprite()));
await put("favicon.svg", await readFile(new URL("src/favicon.svg", import.meta.url)));
await writeFile(new URL("manifest.json", OUT), JSON.stringify(manifest, null, 2));
