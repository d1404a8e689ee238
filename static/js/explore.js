/* What the query builder gains with JavaScript: refusals are shown in place, changes are spoken. */
(() => {
  "use strict";

  const SHOWN = new Set([403, 422, 429, 503]);
  let before = "";

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!SHOWN.has(event.detail.xhr.status)) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    before = event.detail.requestConfig.triggeringEvent?.target?.id ?? "";
  });

  /** Goes on to the field that the last choice has opened, and says what came of it. */
  document.addEventListener("htmx:afterSettle", () => {
    const next = before === "q-column" ? document.getElementById("q-op") : null;
    if (next) next.focus();
    const said = document.querySelector("#answer [data-said], #answer [role=alert]");
    if (said) document.getElementById("explore-said").textContent = said.dataset.said ?? said.textContent.trim();
  });
})();
