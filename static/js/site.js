/* What pages gain with JavaScript. Everything here has a plain way without it. */
(() => {
  "use strict";

  const narrow = window.matchMedia("(max-width: 61.99rem)");

  function closeMenus(except) {
    document.querySelectorAll(".site-menu[open]").forEach((menu) => {
      if (menu !== except) menu.removeAttribute("open");
    });
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector(".site-menu[open]");
    if (!open) return;
    open.removeAttribute("open");
    open.querySelector("summary").focus();
  });

  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest(".site-menu"));
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
  });

  async function copy(button) {
    const source = button.closest("[data-copy-from]").querySelector("code");
    const label = button.querySelector("span");
    const before = label.textContent;
    try {
      await navigator.clipboard.writeText(source.textContent);
      label.textContent = button.dataset.copied;
    } catch {
      // The browser forbids the clipboard here: mark the text, so that the reader copies it by hand.
      window.getSelection().selectAllChildren(source);
      return;
    }
    window.setTimeout(() => { label.textContent = before; }, 2000);
  }

  function prepareFileDrop(drop) {
    const input = drop.querySelector("input[type=file]");
    const name = drop.querySelector("[data-file-drop-name]");
    drop.querySelector("[data-file-drop-hint]").hidden = false;
    const show = () => {
      name.textContent = [...input.files].map((file) => `${file.name} (${size(file.size)})`).join(", ");
    };
    const over = (state) => (event) => {
      event.preventDefault();
      drop.classList.toggle("file-drop--over", state);
    };
    drop.addEventListener("dragover", over(true));
    drop.addEventListener("dragleave", over(false));
    drop.addEventListener("drop", (event) => {
      over(false)(event);
      if (!event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    input.addEventListener("change", show);
  }

  function size(bytes) {
    const units = ["B", "KB", "MB", "GB"];
    let value = bytes;
    let unit = 0;
    while (value >= 1024 && unit < units.length - 1) {
      value /= 1024;
      unit += 1;
    }
    return `${unit ? value.toFixed(1) : value} ${units[unit]}`;
  }

  /** Prepares the parts of a page, or of what htmx has just put into it; each part once. */
  function prepare(root) {
    root.querySelectorAll("[data-copy][hidden]").forEach((button) => { button.hidden = false; });
    root.querySelectorAll("[data-file-drop]:not([data-ready])").forEach((drop) => {
      drop.dataset.ready = "";
      prepareFileDrop(drop);
    });
    root.querySelectorAll(".filters-fold:not([data-ready])").forEach((fold) => {
      fold.dataset.ready = "";
      fold.open = !narrow.matches;
    });
    const summary = root.querySelector("[data-focus]");
    if (summary) summary.focus();
  }

  document.addEventListener("DOMContentLoaded", () => prepare(document));
  document.addEventListener("htmx:load", (event) => {
    if (event.detail.elt !== document.body) prepare(event.detail.elt.parentElement ?? event.detail.elt);
  });
})();
