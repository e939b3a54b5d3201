/* Talea pages: small modules on top of pages that work without them. This one: theme, rail, menus, copying, filters. */
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const remember = (name, value) => {
    const secure = location.protocol === "https:" ? ";Secure" : "";
    document.cookie = `${name}=${value};Path=/;Max-Age=${value ? 31536000 : 0};SameSite=Lax${secure}`;
    try { value ? localStorage.setItem(name, value) : localStorage.removeItem(name); } catch { /* private window */ }
  };
  const recall = (name) => { try { return localStorage.getItem(name); } catch { return null; } };

  /* Light, dark, or as the system says: each press moves on. The cookie lets the server paint it right at once. */
  const words = { "": "Theme: as the system", light: "Theme: light", dark: "Theme: dark" };
  const paint = (theme) => {
    theme ? root.setAttribute("data-theme", theme) : root.removeAttribute("data-theme");
    for (const place of document.querySelectorAll("[data-theme-words]")) place.textContent = words[theme || ""];
  };
  const kept = recall("theme");
  if (!root.dataset.theme && words[kept]) { paint(kept); remember("theme", kept); }
  const nextTheme = { "": "light", light: "dark", dark: "" };

  let toast;
  const say = (text) => {
    toast?.remove();
    toast = Object.assign(document.createElement("div"), { className: "toast", textContent: text });
    toast.setAttribute("role", "status");
    document.body.append(toast);
    setTimeout((old) => old.remove(), 1600, toast);
  };

  document.addEventListener("click", async (event) => {
    const at = (selector) => event.target.closest?.(selector);
    if (at("[data-theme-switch]")) {
      const theme = nextTheme[root.dataset.theme || ""];
      paint(theme);
      remember("theme", theme);
    }
    if (at("[data-rail-toggle]")) remember("rail", root.classList.toggle("narrow-rail") ? "narrow" : "");
    const copy = at("[data-copy]");
    if (copy) {
      event.stopPropagation();
      try { await navigator.clipboard.writeText(copy.dataset.copy); say("Copied"); } catch { say("Copying is not allowed here"); }
    }
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  /* Filters apply as they change; typing waits until it rests. Empty ones stay out of the address. */
  const apply = (form) => {
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
    form.requestSubmit();
  };
  let rest;
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-auto-submit]");
    if (!form) return;
    clearTimeout(rest);
    rest = setTimeout(apply, event.target.type === "search" ? 500 : 0, form);
  });
  document.addEventListener("submit", (event) => { if (event.target.matches("[data-auto-submit]")) clearTimeout(rest); });
  addEventListener("pageshow", () => {
    for (const field of document.querySelectorAll("[data-auto-submit] :disabled")) field.disabled = false;
  });

  window.talea = {
    /* A part of a page as HTML; a redirect means the session is over, so the whole page goes along. */
    async part(url, signal) {
      const address = new URL(url, location.href);
      address.searchParams.set("partial", "1");
      const answer = await fetch(address, { signal, headers: { "HX-Request": "true" }, credentials: "same-origin" });
      if (answer.redirected) { location.href = answer.url; return ""; }
      if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
      return answer.text();
    },
    typing: (target) => target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName),
    say,
  };
})();
