// The page does without this. Keys: "/" to the search, "j" and "k" to the next and the previous story.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  if (event.key === "/") {
    event.preventDefault();
    document.getElementById("q").focus();
    return;
  }
  const step = { j: 1, k: -1 }[event.key];
  if (!step) return;
  const links = [...document.querySelectorAll("main h2 a")];
  const at = links.indexOf(document.activeElement);
  const next = at < 0 && step < 0 ? links.length - 1 : at + step;
  if (links[next]) links[next].focus();
});
