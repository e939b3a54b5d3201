/* Row keys in tables: j/k or arrows move, Enter opens, a click anywhere on the row opens it. */
(() => {
  const open = "dialog[open]";
  const rows = () => [...document.querySelectorAll("tr[data-row]")].filter((row) => row.offsetParent);
  const choose = (row) => {
    for (const other of document.querySelectorAll("tr.on")) other.classList.remove("on");
    row.classList.add("on");
    row.querySelector(".row-link").focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || talea.typing(event.target) || document.querySelector(open)) return;
    const inside = event.target.closest?.(".table-scroll");
    const down = event.key === "j" || (inside && event.key === "ArrowDown");
    const up = event.key === "k" || (inside && event.key === "ArrowUp");
    if (!down && !up) return;
    const all = rows();
    const now = all.indexOf(document.activeElement.closest?.("tr[data-row]"));
    const next = all[now < 0 ? 0 : now + (down ? 1 : -1)];
    if (!next) return;
    event.preventDefault();
    choose(next);
  });
  document.addEventListener("click", (event) => {
    const row = event.target.closest?.("tr[data-row]");
    if (!row || event.button || event.target.closest("a, button, input, label, select, summary")) return;
    if (getSelection().toString()) return;
    const link = row.querySelector(".row-link");
    event.ctrlKey || event.metaKey ? window.open(link.href) : link.click();
  });
})();
