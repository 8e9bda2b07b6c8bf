"use strict";
// Optional extras: theme toggle, sortable tables, tooltips, and details that open when linked to.
(() => {
  const root = document.documentElement;

  // The theme: the reader's choice, else the system's setting.
  const remembered = (value) => {
    try {
      if (value === undefined) return localStorage.getItem("tunebench-theme");
      localStorage.setItem("tunebench-theme", value);
    } catch {
      // A page opened from a file may have no storage; the choice then lasts until the page is closed.
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
    if (a === null || b === null) return (a === null) - (b === null);  // Missing values sort last in both directions.
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

  // Points show their figures on hover and focus; Escape hides them.
  const note = document.createElement("div");
  note.className = "point-note";
  note.hidden = true;
  note.setAttribute("role", "tooltip");
  note.id = "point-note";
  document.body.append(note);
  const show = (point) => {
    const name = document.querySelector(`tbody a[href="${point.getAttribute("href")}"]`).textContent;
    const figures = point.getAttribute("aria-label").slice(name.length + 2).split("; ");
    const heading = document.createElement("strong");
    heading.textContent = name;
    note.replaceChildren(heading, ...figures.map((line) => Object.assign(document.createElement("span"), { textContent: line })));
    note.hidden = false;
    // Next to the marker itself, not to its error bars.
    const mark = (point.querySelector("use") ?? point).getBoundingClientRect();
    const middle = mark.left + mark.width / 2 + scrollX - note.offsetWidth / 2;
    const right = document.documentElement.clientWidth - note.offsetWidth - 8;
    note.style.left = `${Math.max(8, Math.min(middle, right))}px`;
    const above = mark.top - note.offsetHeight - 10;
    note.style.top = `${(above > 0 ? above : mark.bottom + 10) + scrollY}px`;
    point.setAttribute("aria-describedby", note.id);
  };
  const hide = () => { note.hidden = true; };
  for (const point of document.querySelectorAll(".point")) {
    point.addEventListener("pointerenter", () => show(point));
    point.addEventListener("focus", () => show(point));
    point.addEventListener("pointerleave", hide);
    point.addEventListener("blur", hide);
  }
  addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });

  // A link to a model opens its details.
  const open = () => {
    const target = document.getElementById(location.hash.slice(1));
    const details = target?.closest("details");
    if (details) { details.open = true; details.scrollIntoView(); }
  };
  addEventListener("hashchange", open);
  open();

  // Print closed details too, and close them again afterwards.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    opened.forEach((details) => { details.open = true; });
  });
  addEventListener("afterprint", () => { opened.forEach((details) => { details.open = false; }); });
})();
