/* The side drawer: a link with data-drawer opens its page's part beside the list; without scripts it is a plain page. */
(() => {
  let drawer, body, out, asked, from;
  const build = () => {
    drawer = document.createElement("dialog");
    drawer.className = "drawer";
    drawer.setAttribute("aria-label", "Details");
    drawer.innerHTML = `<div class="drawer-head"><a class="button quiet">Open as page</a><button class="icon-button" type="button" aria-label="Close"><svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="m6 6 12 12M18 6 6 18"/></svg></button></div><div class="drawer-body" tabindex="-1"></div>`;
    document.body.append(drawer);
    body = drawer.querySelector(".drawer-body");
    out = drawer.querySelector("a");
    drawer.querySelector("button").addEventListener("click", () => drawer.close());
    drawer.addEventListener("click", (event) => { if (event.target === drawer) drawer.close(); });
    drawer.addEventListener("close", () => { asked?.abort(); from?.focus(); });
  };
  const show = async (link) => {
    if (!drawer) build();
    asked?.abort();
    asked = new AbortController();
    out.href = link.href;
    body.textContent = "";
    if (!drawer.open) { from = link; drawer.showModal(); }
    try {
      body.innerHTML = await talea.part(link.href, asked.signal);
      window.htmx?.process(body);
      body.focus();
    } catch (fault) {
      if (fault.name !== "AbortError") body.textContent = `This could not be loaded. ${fault.message}`;
    }
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-drawer]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(link);
  });
})();
