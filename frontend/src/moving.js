// A move that is under way: its bar follows, and the page is shown anew when it is done. `data-progress` is the address
// of {running, waiting, total}.
const EVERY = 2000;
const bar = document.querySelector("[data-progress]");

async function follow() {
  const answer = await fetch(bar.dataset.progress, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const { running, waiting, total } = await answer.json();
  bar.max = total;
  bar.value = total - waiting;
  if (running) setTimeout(follow, EVERY);
  else location.reload();
}

setTimeout(follow, EVERY);
