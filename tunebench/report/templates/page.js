"use strict";
// Adds what a page can do without: the theme's toggle, sorting, and details that open where a link leads.
(() => {
  const root = document.documentElement;

  // The theme: what the reader chose, else what the system prefers.
  const remembered = (value) => {
    try {
      if (value === undefined) return localStorage.getItem("tunebench-theme");
      localStorage.setItem("tunebench-theme", value);
    } catch {
      // A page opened from a file may have no storage; the choice then lasts as long as the page.
    }
    return null;
  };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const toggle = document.querySelector(".theme");
  const isDark = () => (root.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";
  const label = () => { toggle.textContent = isDark() ? "Light" : "Dark"; toggle.setAttribute("aria-label", `Switch to ${isDark() ? "light" : "dark"} colours`); };
  const choice = remembered();
  if (choice === "light" || choice === "dark") root.dataset.theme = choice;
  toggle.hidden = false;
  label();
  dark.addEventListener("change", label);
  toggle.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; remembered(root.dataset.theme); label(); });

  // Sorting: a button in each heading of a sortable table.
  const key = (row, index) => {
    const cell = row.cells[index];
    const text = cell.dataset.sort ?? cell.textContent.trim();
    return text === "" ? null : Number.isNaN(Number(text)) ? text : Number(text);
  };
  const compare = (a, b, sign) => {
    if (a === null || b === null) return (a === null) - (b === null);  // What is missing stands last, either way.
    return sign * (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const headings = [...table.tHead.rows[0].cells];
    headings.forEach((heading, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const ascending = heading.getAttribute("aria-sort") !== "ascending";
        headings.forEach((other) => other.setAttribute("aria-sort", "none"));
        heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
        const rows = [...table.tBodies[0].rows];
        rows.sort((a, b) => compare(key(a, index), key(b, index), ascending ? 1 : -1));
        table.tBodies[0].append(...rows);
      });
    });
  }

  // A link to a model opens it.
  const open = () => {
    const target = document.getElementById(location.hash.slice(1));
    const details = target?.closest("details");
    if (details) { details.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", open);
  open();
})();
