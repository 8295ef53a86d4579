// What the deployment checks say about the draft, like a compiler's list: each finding leads to its element, and where a
// way leads there, the way is shown.
import { say } from "../words.js";
import { find, h } from "./dom.js";
import { data } from "./session.js";

let asked = 0;

// `page`: { jump(element, path), marked(problems of this file), choices(new choices), labelOf(element) }.
export function watch(page) {
  find("[data-modeler-check]").addEventListener("click", async () => {
    await refresh(page);
    find("[data-modeler-problems]").focus();
  });
  refresh(page);
}

export async function refresh(page) {
  const number = ++asked;
  const place = find("[data-modeler-problems]");
  place.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(data.addresses.problems, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const found = await answer.json();
    if (number !== asked) return;
    page.choices?.(found.choices);
    page.marked?.([...found.problems, ...found.broken].filter((problem) => problem.file === data.file));
    show(place, found, page);
  } catch (error) {
    console.error(error);
    place.replaceChildren(say("checkFailed"));
  } finally {
    place.removeAttribute("aria-busy");
  }
}

// Rules of policy can be broken knowingly, so they stand apart from what keeps a draft from being published; so do hints.
function show(place, { count, problems, broken, hints }, page) {
  find("[data-modeler-hints]").replaceChildren(...hints.map((group) => h("div", { className: "alert alert-info mt-2 mb-0", attrs: { role: "note" } },
    h("strong", {}, group.title), h("ul", { className: "problems" }, ...group.hints.map((each) => line(each, page))))));
  find("[data-modeler-broken]").replaceChildren(...(broken.length ? [h("div", { className: "alert alert-warning mt-2 mb-0", attrs: { role: "note" } },
    h("strong", {}, say("brokenRules", { count: broken.length })), h("ul", { className: "problems" }, ...broken.map((each) => line(each, page))))] : []));
  find("[data-modeler-count]").textContent = count || broken.length ? say("problemCount", { count: count || broken.length }) : say("noProblems");
  find("[data-modeler-count]").className = `badge ${count ? "bg-red-lt" : broken.length ? "bg-yellow-lt" : "bg-green-lt"}`;
  place.replaceChildren(...(count ? [h("ol", { className: "problems" }, ...problems.map((each) => line(each, page)))]
    : broken.length ? [] : [h("p", { className: "text-secondary mb-0" }, say("noProblemsLong"))]));
}

function line(problem, page) {
  const here = problem.file === data.file && !problem.address;
  const name = problem.name || (here && problem.element && page.labelOf?.(problem.element)) || problem.element || problem.label;
  const target = new URL(data.addresses.edit, location.href);
  target.searchParams.set("file", problem.file);
  target.hash = [problem.element ?? "", ...problem.path].join(",");
  const jump = here && page.jump && problem.element;
  return h("li", {},
    h("a", { href: problem.address || target.href, on: jump ? { click: (event) => { event.preventDefault(); page.jump(problem.element, problem.path); } } : {} },
      here || !problem.file || problem.address ? name : say("inFile", { name, file: problem.label })),
    `${say("colon")}${problem.reason}`,
    problem.path.length && jump ? h("button", { type: "button", className: "btn btn-sm btn-link", on: { click: () => page.jump(problem.element, problem.path) } }, say("showPath")) : null);
}
