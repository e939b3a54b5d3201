/* Parts that fetch themselves again (htmx): quiet in the background, and an ended session takes the whole page along. */
(() => {
  const live = (event) => event.target.closest?.("[data-live]");
  document.addEventListener("htmx:before:request", (event) => {
    if (live(event) && (document.hidden || document.querySelector("[data-live] :focus"))) event.preventDefault();
  });
  document.addEventListener("htmx:before:response", (event) => {
    const answer = event.detail?.ctx?.response;
    if (!live(event) || !answer) return;
    if (answer.raw?.redirected) { event.preventDefault(); location.reload(); }
    else if (answer.status >= 400) event.preventDefault();
  });
})();
