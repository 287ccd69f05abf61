/*
 * Tables that are wider than a phone: each row becomes a block with the name of the column before
 * each value (width.css), so that no column is cut.
 */
(function () {
  "use strict";

  const PHONE = window.matchMedia("(max-width: 720px)");

  /** Write the name of its column into each cell. Return whether all rows have these columns. */
  function label(table) {
    const heads = [...table.querySelectorAll("thead tr")];
    if (heads.length !== 1) return false;
    const names = [...heads[0].cells].map((cell) => cell.textContent.trim());
    return [...table.querySelectorAll("tbody tr")].every((row) => {
      [...row.cells].forEach((cell, k) => { cell.dataset.label = names[k] || ""; });
      return row.cells.length === names.length;
    });
  }

  /** Turn the rows into blocks if the table is too wide for its box. */
  function fit(table, box) {
    table.classList.remove("blocks");
    table.classList.toggle("blocks", PHONE.matches && table.offsetWidth > box.clientWidth + 1);
  }

  for (const table of document.querySelectorAll(".bd-article table.table")) {
    const box = table.parentElement, details = table.closest("details");
    let width = 0;
    if (label(table)) {
      new ResizeObserver(() => {
        if (box.clientWidth !== width) {
          width = box.clientWidth;
          fit(table, box);
        }
      }).observe(box);
      if (details) details.addEventListener("toggle", () => fit(table, box)); // it had no layout
    }
  }
})();
