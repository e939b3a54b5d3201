/* Search from anywhere: "/" or Ctrl-K opens, arrows move, Enter opens, Escape closes. */
(() => {
  const where = document.body?.dataset.search;
  if (!where) return;
  let box, input, list, asked, wait;

  const build = () => {
    box = document.createElement("dialog");
    box.className = "palette";
    box.setAttribute("aria-label", "Search");
    box.innerHTML = `<form class="palette-input" method="get" role="search"><svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><circle cx="10.5" cy="10.5" r="6"/><path d="m15 15 5 5"/></svg><input type="search" name="q" autocomplete="off" spellcheck="false" placeholder="Name, number, MAC, invoice, or an action" aria-label="Search" role="combobox" aria-expanded="true" aria-controls="palette-list"><kbd>esc</kbd></form><div class="palette-body" id="palette-list" aria-live="polite"></div><div class="palette-keys" aria-hidden="true"><span><kbd>↑</kbd> <kbd>↓</kbd> move</span><span><kbd>↵</kbd> open</span></div>`;
    document.body.append(box);
    input = box.querySelector("input");
    list = box.querySelector(".palette-body");
    box.querySelector("form").action = where;
    input.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(ask, 120); });
    box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
    box.addEventListener("keydown", move);
  };
  const links = () => [...list.querySelectorAll("[data-result]")];
  const mark = (link) => {
    for (const other of links()) other.classList.toggle("on", other === link);
    if (!link) return input.removeAttribute("aria-activedescendant");
    link.id ||= `result-${links().indexOf(link)}`;
    input.setAttribute("aria-activedescendant", link.id);
    link.scrollIntoView({ block: "nearest" });
  };
  const ask = async () => {
    asked?.abort();
    asked = new AbortController();
    try {
      list.innerHTML = await talea.part(`${where}?q=${encodeURIComponent(input.value)}`, asked.signal);
      mark(links()[0]);
    } catch (fault) {
      if (fault.name === "AbortError") return;
      list.textContent = "";
      list.append(Object.assign(document.createElement("p"), { className: "no-results", textContent: `Search did not answer. ${fault.message}` }));
    }
  };
  const move = (event) => {
    const all = links();
    const now = all.findIndex((link) => link.classList.contains("on"));
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (all.length) mark(all[(now + step + all.length) % all.length]);
    } else if (event.key === "Enter" && all[now] && event.target === input) {
      event.preventDefault();
      event.ctrlKey || event.metaKey ? open(all[now].href) : (location.href = all[now].href);
    }
  };
  const show = (text = "") => {
    if (!box) build();
    if (!box.open) { box.showModal(); input.value = text; list.textContent = ""; ask(); }
    input.focus();
    input.select();
  };

  document.addEventListener("keydown", (event) => {
    const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !talea.typing(event.target);
    const chord = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
    if (slash || chord) { event.preventDefault(); show(); }
  });
  document.addEventListener("pointerdown", (event) => {
    if (event.target.closest?.("[data-open-palette]")) { event.preventDefault(); show(); }
  });
})();
