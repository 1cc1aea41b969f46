"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const one = (selector, within = document) => within.querySelector(selector);
  root.classList.add("scripted");
  const say = (text) => { one("#said").textContent = text; };

  /* What the link holds: "#section?methods=lora&text=x&sort.arms=5d". */
  const read = () => {
    const [id, query] = decodeFragment(location.hash);
    return { id, query: new URLSearchParams(query) };
  };
  const decodeFragment = (hash) => {
    const at = hash.indexOf("?");
    return at < 0 ? [hash.slice(1), ""] : [hash.slice(1, at), hash.slice(at + 1)];
  };
  const state = { id: "", sorts: new Map() };
  const write = () => {
    const query = new URLSearchParams();
    for (const [name, values] of Object.entries(chosen())) {
      for (const value of [values].flat()) if (name !== "text" || value) query.append(name, value);
    }
    for (const [name, order] of state.sorts) query.set(`sort.${name}`, order);
    const text = query.toString();
    history.replaceState(null, "", text ? `#${state.id}?${text}` : state.id ? `#${state.id}` : location.pathname + location.search);
  };
  const decoded = (id) => { try { return decodeURIComponent(id); } catch { return id; } };
  const reach = (id) => {
    const target = id && document.getElementById(decoded(id));
    if (!target) return;
    for (let above = target; above; above = above.parentElement) if (above.tagName === "DETAILS") above.open = true;
    target.scrollIntoView();
  };

  /* Filter: one bar for every row, section and chart that names an arm or a trial. */
  const form = one("#filters");
  const facets = JSON.parse(one("#facets").textContent);
  const names = ["methods", "ranks", "quantization", "targets", "seeds"];
  const rows = all("[data-k]").map((element) => ({ element, facets: facets[element.dataset.k], text: null }));
  const chosen = () => ({
    ...Object.fromEntries(names.map((name) => [name, all(`input[name=${name}]:checked`, form).map((box) => box.value)])),
    text: form.elements.text.value.trim(),
  });
  const fits = (row, filter, words) => {
    const known = row.facets;
    const held = known && names.every((name, place) => {
      const wanted = filter[name];
      return !wanted.length || [known[place]].flat().some((value) => wanted.includes(value));
    });
    if (!held || !words.length) return Boolean(held);
    const source = row.element.tagName === "DETAILS" ? row.element.firstElementChild : row.element;
    row.text ??= `${known.flat().join(" ")} ${source.textContent}`.toLowerCase();
    return words.every((word) => row.text.includes(word));
  };
  const counted = (selector) => {
    const found = all(selector);
    return [found.filter((element) => !element.hidden).length, found.length];
  };
  const filter = () => {
    const wanted = chosen();
    const words = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const hidden = !fits(row, wanted, words);
      if (row.element.hidden !== hidden) row.element.hidden = hidden;
    }
    for (const body of all("tbody:has(> .group)")) {
      one(".group", body).hidden = !all("tr[data-k]", body).some((row) => !row.hidden) && Boolean(one("tr[data-k]", body));
    }
    const active = words.length > 0 || names.some((name) => wanted[name].length);
    for (const mark of all("[data-chosen]")) mark.textContent = wanted[mark.dataset.chosen].length || "";
    const [arms, everyArm] = counted("#table-arms tr[data-k]");
    const [trials, everyTrial] = counted("#table-trials tr[data-k]");
    one("#count").textContent = active
      ? `${arms} of ${everyArm} arms, ${trials} of ${everyTrial} trials`
      : `${everyArm} arms, ${everyTrial} trials`;
    one("#clear").disabled = !active;
    window.harnessFilter = wanted;
    document.dispatchEvent(new CustomEvent("harness:filter", { detail: wanted }));
  };
  const restoreFilter = (query) => {
    for (const box of all("input[type=checkbox]", form)) box.checked = query.getAll(box.name).includes(box.value);
    form.elements.text.value = query.get("text") ?? "";
  };
  form.addEventListener("input", () => { filter(); write(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  one("#clear").addEventListener("click", () => {
    restoreFilter(new URLSearchParams());
    filter();
    write();
    form.elements.text.focus();
  });
  document.addEventListener("click", (event) => {
    for (const pick of all("details.pick[open]")) if (!pick.contains(event.target)) pick.open = false;
  });
  form.addEventListener("keydown", (event) => {
    const pick = event.key === "Escape" && event.target.closest("details.pick[open]");
    if (pick) { pick.open = false; one("summary", pick).focus(); }
  });

  /* Sort: every heading of a table with rows to order is a button; groups and notes stay where they are. */
  const collator = new Intl.Collator("en", { numeric: true });
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    if (!cell) return null;
    if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
    const text = cell.textContent.trim();
    if (text === "" || text === "–") return null;
    const number = /^[+−]?\d+(\.\d+)?(?= |$)/.exec(text);
    return number && cell.cellIndex > 0 ? Number(number[0].replace("−", "-")) : text;
  };
  const compare = (left, right) =>
    typeof left === "number" && typeof right === "number" ? left - right : collator.compare(String(left), String(right));
  const originals = new WeakMap();
  const sort = (table, order) => {
    const column = order ? Number.parseInt(order, 10) : -1;
    const down = order?.endsWith("d") ? -1 : 1;
    for (const body of table.tBodies) {
      const movable = [...body.rows].filter((row) => !row.matches(".group, .notes, .base"));
      if (!originals.has(body)) originals.set(body, movable);
      const keyed = originals.get(body).map((row) => [valueOf(row, column), row]);
      if (order) {
        keyed.sort(([left], [right]) =>
          left === null || right === null ? (left === null) - (right === null) : down * compare(left, right));
      }
      const notes = one(".notes", body);
      for (const [, row] of keyed) body.insertBefore(row, notes);
    }
    all("thead th", table).forEach((heading, place) => {
      if (place === column) heading.setAttribute("aria-sort", down < 0 ? "descending" : "ascending");
      else heading.removeAttribute("aria-sort");
    });
  };
  const nameOf = (table) => table.id.replace(/^table-/, "");
  const tables = all("table[id^=table-]").filter((table) => [...table.tBodies].some((body) => body.rows.length > 2));
  for (const table of tables) {
    all("thead th", table).forEach((heading, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      if (heading.title) { button.dataset.def = heading.title; heading.removeAttribute("title"); }
      button.addEventListener("click", () => {
        const now = state.sorts.get(nameOf(table));
        const first = heading.classList.contains("number") ? "d" : "u";
        const second = first === "d" ? "u" : "d";
        const next = now === `${place}${first}` ? `${place}${second}` : now === `${place}${second}` ? null : `${place}${first}`;
        if (next) state.sorts.set(nameOf(table), next); else state.sorts.delete(nameOf(table));
        sort(table, next);
        say(next ? `Sorted by ${button.textContent}, ${next.endsWith("d") ? "descending" : "ascending"}` : "Order of the run");
        write();
      });
      heading.replaceChildren(button);
    });
  }
  const restoreSorts = (query) => {
    for (const table of tables) {
      const order = query.get(`sort.${nameOf(table)}`);
      const valid = /^\d+[ud]$/.test(order ?? "") ? order : null;
      if (!valid && !state.sorts.has(nameOf(table))) continue;
      if (valid) state.sorts.set(nameOf(table), valid); else state.sorts.delete(nameOf(table));
      sort(table, valid);
    }
  };

  /* Definitions: on hover and on focus, gone with Escape. */
  const note = one("#definition");
  for (const term of all(".term[title]")) { term.dataset.def = term.title; term.removeAttribute("title"); }
  let defined = null;
  const hideNote = () => { defined = null; note.hidden = true; };
  const placeNote = () => {
    if (!defined) return;
    const box = defined.getBoundingClientRect();
    const under = box.bottom + 8;
    const top = under + note.offsetHeight > innerHeight ? box.top - note.offsetHeight - 8 : under;
    note.style.left = `${Math.max(12, Math.min(box.left, root.clientWidth - note.offsetWidth - 12))}px`;
    note.style.top = `${top}px`;
  };
  const showNote = (event) => {
    const term = event.target.closest?.("[data-def]");
    if (!term) {
      const scrolledUnderThePointer = event.type === "mouseover" && defined === document.activeElement;
      if (!scrolledUnderThePointer) hideNote();
      return;
    }
    defined = term;
    note.textContent = term.dataset.def;
    note.hidden = false;
    term.setAttribute("aria-describedby", "definition");
    placeNote();
  };
  document.addEventListener("mouseover", showNote);
  document.addEventListener("focusin", showNote);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hideNote(); });
  document.addEventListener("scroll", placeNote, { passive: true, capture: true });

  /* The files of the run, packed line by line in turns: JSON, CSV. */
  const unpacked = async (id) => {
    const text = one(id).textContent.trim();
    if (!text) return "";
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  };
  let lines = null;
  const linesOfFiles = () => (lines ??= unpacked("#files").then((text) => text.split("\n")));
  const contents = {
    "results.json": (lines) => {
      const json = lines.filter((_, place) => place % 2 === 0);
      return [`${json[0]}${json.slice(1, -1).join(",\n")}${json.at(-1)}\n`, "application/json"];
    },
    "results.csv": (lines) => [lines.filter((_, place) => place % 2 === 1).join("\n"), "text/csv"],
  };
  for (const button of all("[data-save]")) {
    button.setAttribute("aria-label", `Save ${button.dataset.save}`);
    button.addEventListener("click", async () => {
      const name = button.dataset.save;
      const [text, type] = contents[name](await linesOfFiles());
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type }));
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      say(`${name} saved`);
    });
  }
  /* Answers that a long page leaves out stand in the files: they are put into a section when it opens. */
  const visible = (text) => (text ?? "–").replace(/[\n\r\t]/g, " ")
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, (sign) => `⟨U+${sign.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
  const fillAnswers = (body, answers) => {
    body.replaceChildren(body.rows[0], ...answers.map((answer) => {
      const row = document.createElement("tr");
      const name = document.createElement("th");
      name.append(visible(answer.item));
      if (body.dataset.kind !== "samples") {
        const task = document.createElement("small");
        task.textContent = visible(answer.task);
        name.append(" ", task);
      }
      row.append(name);
      for (const part of ["question", "expected", "before", "after"]) row.insertCell().textContent = visible(answer[part]);
      return row;
    }));
  };
  const completeAnswers = async (section) => {
    const left = one(".more-answers", section);
    if (!left) return;
    const trial = JSON.parse((await linesOfFiles())[2 * (1 + Number(section.dataset.k.slice(1)))]);
    for (const body of all("[data-kind]", section)) {
      const { kind } = body.dataset;
      fillAnswers(body, kind === "samples" ? trial.samples : trial.flips.filter((flip) => flip.direction === kind));
    }
    left.remove();
  };
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("details.trial[open]")) completeAnswers(event.target);
  }, true);

  /* Light, dark, or as the system has it. */
  const schemes = { "": "Light or dark: system", light: "Light", dark: "Dark" };
  const scheme = one("#scheme");
  const remembered = { get: () => { try { return localStorage.getItem("scheme") ?? ""; } catch { return ""; } },
    set: (value) => { try { localStorage.setItem("scheme", value); } catch { /* a page from a file may not keep anything */ } } };
  const paint = (value) => {
    if (value) root.dataset.scheme = value; else delete root.dataset.scheme;
    scheme.textContent = schemes[value] ?? schemes[""];
  };
  scheme.addEventListener("click", () => {
    const order = ["", "light", "dark"];
    const next = order[(order.indexOf(root.dataset.scheme ?? "") + 1) % order.length];
    paint(next);
    remembered.set(next);
    say(schemes[next]);
  });
  paint(remembered.get() in schemes ? remembered.get() : "");

  /* Commands can be copied. */
  for (const block of all("pre.command")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(one("code", block).textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    block.append(button);
  }

  const restore = () => {
    const { id, query } = read();
    state.id = id;
    restoreFilter(query);
    restoreSorts(query);
    filter();
    reach(id);
  };
  addEventListener("hashchange", () => {
    const { id, query } = read();
    if (location.hash.includes("?")) { restore(); return; }
    state.id = id;
    reach(id);
    if (![...query].length) write();
  });
  form.hidden = false;
  one("#tools").hidden = false;
  restore();
})();
