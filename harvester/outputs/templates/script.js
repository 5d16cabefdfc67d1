"use strict";
/* The page works without this. With it: folded parts, filters, search, sorting, keys, and a state that can be shared. */

// Parts that start folded are open in the markup, for readers without scripts; they are closed before they are drawn.
const folding = new MutationObserver((changes) => {
  if (document.body?.classList.contains("class")) return folding.disconnect();
  for (const change of changes)
    for (const node of change.addedNodes)
      if (node.nodeName === "DETAILS" && "fold" in node.dataset) node.open = false;
  return undefined;
});
folding.observe(document, { childList: true, subtree: true });

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const state = { q: "", v: new Set(), sort: {} };
const byText = new Intl.Collator("da", { numeric: true, sensitivity: "base" }).compare;
const plain = (text) => text.toLowerCase().normalize("NFC").replace(/\s+/g, " ");

/* State in the address: #q=…&v=u,w&sort=… ; any other fragment is the id of a part of the page. */
function readState() {
  const fragment = location.hash.slice(1);
  if (fragment && !fragment.includes("=")) return reveal(decode(fragment));
  const given = new URLSearchParams(fragment);
  state.q = given.get("q") || "";
  state.v = new Set((given.get("v") || "").split(",").filter(Boolean));
  state.sort = {};
  for (const one of (given.get("sort") || "").split(",").filter(Boolean)) {
    const [name, key, down] = one.split(".");
    state.sort[name] = { key, down: down === "d" };
  }
  return undefined;
}

function writeState() {
  const given = new URLSearchParams();
  if (state.q) given.set("q", state.q);
  if (state.v.size) given.set("v", [...state.v].join(","));
  const sorts = Object.entries(state.sort).map(([name, by]) => `${name}.${by.key}${by.down ? ".d" : ""}`);
  if (sorts.length) given.set("sort", sorts.join(","));
  const text = given.toString();
  history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
}

function decode(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

function reveal(id) {
  const target = document.getElementById(id);
  if (!target) return;
  for (let node = target; node; node = node.parentElement) {
    if (node.nodeName === "DETAILS") node.open = true;
    node.classList.remove("out");
  }
  target.scrollIntoView({ block: "start" });
  const summary = target.nodeName === "DETAILS" ? target.querySelector("summary") : target;
  summary.focus({ preventScroll: true });
}

/* Filters of a group's page: verdicts and words over items and answers. */
function filterHandin() {
  const words = plain(state.q).split(" ").filter(Boolean);
  let shown = 0;
  const hits = (node) => words.every((word) => (node.searched ??= plain(node.textContent)).includes(word));
  for (const item of all(".item")) {
    const out = (state.v.size && !state.v.has(item.dataset.v)) || !hits(item);
    item.classList.toggle("out", out);
    shown += !out;
  }
  for (const answer of all(".answer")) {
    const out = state.v.size > 0 || !hits(answer);
    answer.classList.toggle("out", out);
    shown += !out;
  }
  const filtered = words.length > 0 || state.v.size > 0;
  for (const fold of all(".fold")) {
    const any = fold.querySelector(".item:not(.out)");
    fold.classList.toggle("out", filtered && !any);
    if (filtered && any) fold.open = true;
  }
  for (const section of all("main > section")) {
    const parts = all(".item, .answer", section);
    section.classList.toggle("out", filtered && parts.length > 0 && parts.every((part) => part.classList.contains("out")));
  }
  say(filtered ? `${shown} shown` : "");
}

function sortHandin() {
  const key = state.sort.items?.key || "";
  const order = {
    "": (a, b) => a.dataset.rank - b.dataset.rank || a.dataset.order - b.dataset.order,
    order: (a, b) => a.dataset.order - b.dataset.order,
    title: (a, b) => byText(a.dataset.title, b.dataset.title),
  }[key];
  if (order) for (const list of all(".items")) list.append(...[...list.children].sort(order));
}

/* Filters and sorting of the class page: every table's rows follow. */
function filterClass() {
  const words = plain(state.q).split(" ").filter(Boolean);
  const shown = new Set();
  for (const row of all("[data-table=groups] tbody tr")) {
    const hits = words.every((word) => (row.searched ??= plain(row.textContent)).includes(word));
    if (hits && [...state.v].every((one) => row.dataset.s.includes(one))) shown.add(row.dataset.g);
  }
  for (const row of all("tr[data-g]")) row.classList.toggle("out", !shown.has(row.dataset.g));
  const map = document.querySelector(".map");
  if (map) map.dataset.only = [...state.v].join(" ");
  say(words.length || state.v.size ? `${shown.size} of ${all("[data-table=groups] tbody tr").length} groups` : "");
}

function sortTable(table) {
  const by = state.sort[table.dataset.table];
  const body = table.tBodies[0];
  const rows = (body.given ??= [...body.rows]);
  const heads = [...table.tHead.rows].at(-1).cells;
  for (const head of heads) head.removeAttribute("aria-sort");
  if (!by || !heads[by.key]?.dataset.sort) return body.append(...rows);
  const numbers = heads[by.key].dataset.sort === "n";
  const value = (row) => {
    const text = row.cells[by.key]?.textContent.trim() ?? "";
    if (!numbers) return text;
    const number = parseFloat(text.replace(/,/g, ""));
    return Number.isNaN(number) ? null : number;
  };
  const keyed = rows.map((row) => [value(row), row]);
  const sign = by.down ? -1 : 1;
  keyed.sort(([a], [b]) =>
    a === null || b === null ? (a === null) - (b === null) : sign * (numbers ? a - b : byText(a, b)));
  body.append(...keyed.map(([, row]) => row));
  heads[by.key].setAttribute("aria-sort", by.down ? "descending" : "ascending");
  return undefined;
}

function armTables() {
  for (const head of all("th[data-sort]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const table = head.closest("table"), name = table.dataset.table, now = state.sort[name];
      const key = String(head.cellIndex), first = head.dataset.sort === "n";
      if (now?.key !== key) state.sort[name] = { key, down: first };
      else if (now.down === first) now.down = !first;
      else delete state.sort[name];
      sortTable(table);
      writeState();
    });
  }
}

/* The heat map: a click or Enter on a cell opens the item in the group's page; arrows move. */
function armMap(map) {
  const heads = [...map.tHead.rows].at(-1).cells;
  const words = new Map(all(".legend .cell").map((cell) => [cell.textContent, cell.parentElement.textContent.slice(1).trim()]));
  const open = (cell) => {
    const id = heads[cell.cellIndex]?.dataset.i;
    if (id && cell.textContent.trim()) location.href = `${cell.parentElement.cells[0].firstChild.getAttribute("href")}#item-${id}`;
  };
  const tell = ({ target }) => {
    if (target.nodeName === "TD" && target.parentElement.dataset.g && !target.title)
      target.title = `${target.parentElement.dataset.g} · ${heads[target.cellIndex].textContent}: ${words.get(target.textContent.trim()) || "no such item"}`;
  };
  map.addEventListener("mouseover", tell);
  map.addEventListener("focusin", tell);
  map.addEventListener("click", ({ target }) => target.nodeName === "TD" && open(target));
  map.addEventListener("keydown", (event) => {
    const cell = event.target.closest("tbody td, tbody th");
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (cell && event.key === "Enter" && cell.nodeName === "TD") open(cell);
    if (!cell || !step) return;
    let row = cell.parentElement;
    if (step[0]) do row = step[0] < 0 ? row.previousElementSibling : row.nextElementSibling; while (row?.classList.contains("out"));
    const next = row?.cells[cell.cellIndex + step[1]];
    if (!next) return;
    event.preventDefault();
    const target = next.querySelector("a") || next;
    if (target === next) next.tabIndex = -1;
    target.focus();
  });
}

function say(text) {
  const found = document.querySelector(".found");
  if (found) found.textContent = text;
  document.getElementById("main").dataset.found = text;
}

function stops() {
  const selector = document.body.classList.contains("class")
    ? `[data-table=${document.activeElement?.closest("table")?.dataset.table || "triage"}] tbody tr:not(.out) th a`
    : ".item:not(.out) > details > summary, .answer:not(.out)";
  const found = all(selector).filter((node) => node.checkVisibility());
  return found.length || !document.body.classList.contains("class") ? found : all("[data-table=groups] tbody tr:not(.out) th a");
}

function step(by) {
  const found = stops();
  const here = document.activeElement;
  let at = found.indexOf(here);
  if (at < 0) at = by > 0 ? found.findIndex((node) => here?.compareDocumentPosition(node) & 4) - 1 : found.length;
  const next = found[Math.max(0, Math.min(found.length - 1, (at < -1 ? -1 : at) + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function foldAll(open) {
  for (const one of all("main details")) one.open = open;
  const button = document.querySelector("[data-do=fold]");
  if (button) button.textContent = open ? "Close all" : "Open all";
}

/* Single keys can be switched off, for who speaks to the machine; the browser remembers it where it may. */
function armKeys() {
  const search = document.querySelector("input[type=search]"), help = document.getElementById("help"), keys = document.getElementById("keys");
  try { keys.checked = localStorage.getItem("harvester.keys") !== "off"; } catch { /* nothing may be kept */ }
  keys.addEventListener("change", () => {
    try { localStorage.setItem("harvester.keys", keys.checked ? "on" : "off"); } catch { /* for this page, then */ }
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return undefined;
    if (event.key === "Escape" && event.target === search) {
      event.preventDefault();
      search.value = "";
      search.dispatchEvent(new Event("input"));
      return search.blur();
    }
    const typing = event.target.matches("input, select, textarea") && !help.contains(event.target); // it may keep the focus until the next frame
    if (typing || (!keys.checked && event.key !== "?")) return undefined;
    const does = {
      j: () => step(1), k: () => step(-1), "/": () => search?.focus(), "?": () => help.showModal(),
      e: () => foldAll(!all("main details").every((one) => one.open)), u: () => document.getElementById("up")?.click(),
    }[event.key];
    if (does) { event.preventDefault(); does(); }
    return undefined;
  });
}

/* Printing shows everything, and then puts back what was folded. Buttons are not printed in headings that repeat. */
function armPrint() {
  let closed = null, buttons = [];
  const open = () => {
    if (closed) return;
    closed = all("details:not([open])");
    for (const one of closed) one.open = true;
    buttons = all("th button").map((button) => [button, button.parentNode]);
    for (const [button, head] of buttons) head.replaceChildren(...button.childNodes);
  };
  const restore = () => {
    for (const one of closed ?? []) one.open = false;
    for (const [button, head] of buttons) { button.append(...head.childNodes); head.append(button); }
    closed = null;
    buttons = [];
  };
  addEventListener("beforeprint", open);
  addEventListener("afterprint", restore);
  matchMedia("print").addEventListener("change", ({ matches }) => (matches ? open() : restore()));
}

document.addEventListener("DOMContentLoaded", () => {
  folding.takeRecords();
  folding.disconnect();
  for (const one of all("details[data-fold]")) one.open = false;
  const tools = document.querySelector(".tools"), isClass = document.body.classList.contains("class");
  const search = tools?.elements.q, sort = tools?.elements.sort;
  const tables = all("table[data-table]");
  const draw = () => {
    if (!tools) return;
    search.value = state.q;
    for (const chip of all(".chip")) chip.setAttribute("aria-pressed", String(state.v.has(chip.dataset.v)));
    if (sort) sort.value = state.sort.items?.key || "";
    if (isClass) { tables.forEach(sortTable); filterClass(); } else { sortHandin(); filterHandin(); }
  };
  armTables();
  all(".map").forEach(armMap);
  armKeys();
  armPrint();
  if (tools) {
    tools.hidden = false;
    tools.addEventListener("submit", (event) => event.preventDefault());
    let wait = 0;
    search.addEventListener("input", () => {
      state.q = search.value;
      clearTimeout(wait);
      wait = setTimeout(() => { (isClass ? filterClass : filterHandin)(); writeState(); }, 60);
    });
    sort?.addEventListener("change", () => {
      if (sort.value) state.sort.items = { key: sort.value }; else delete state.sort.items;
      sortHandin();
      writeState();
    });
    for (const chip of all(".chip"))
      chip.addEventListener("click", () => {
        const pressed = state.v.delete(chip.dataset.v);
        if (!pressed) state.v.add(chip.dataset.v);
        chip.setAttribute("aria-pressed", String(!pressed));
        (isClass ? filterClass : filterHandin)();
        writeState();
      });
    document.querySelector(".quick").hidden = false;
    document.querySelector("[data-do=fold]")?.addEventListener("click", () => foldAll(!all("main details").every((one) => one.open)));
    document.querySelector("[data-do=help]")?.addEventListener("click", () => document.getElementById("help").showModal());
  }
  addEventListener("hashchange", () => { readState(); if (location.hash.includes("=")) draw(); });
  readState();
  if (location.hash.includes("=")) draw();
});
