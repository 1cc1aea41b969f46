(() => {
  "use strict";

  const holder = document.getElementById("chart-specs");
  if (!holder || !window.DecompressionStream || !window.IntersectionObserver) return; // the still pictures stay

  const HINT = ". Arrow keys go from mark to mark.";
  const EMBED = { mode: "vega-lite", renderer: "svg", ast: true, actions: false, defaultStyle: false, tooltip: false, hover: false, logLevel: 1 };

  // What a library says of each part: a picture is read as one, by its label.
  const SPOKEN = ["role", "aria-roledescription", "aria-label"];

  // Specifications, looks and arms, unpacked when the first picture comes near.
  let loading;
  let arms = new Map();
  const keyOf = (target, arm) => JSON.stringify([target, arm]);

  async function unpacked(text) {
    const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  }

  async function load() {
    const packed = JSON.parse(holder.textContent);
    const [code, specs] = await Promise.all([unpacked(packed.library), unpacked(packed.specs)]);
    const script = document.createElement("script");
    script.textContent = code;
    document.head.append(script);
    script.remove();
    if (!window.vegaEmbed) throw new Error("the drawing library did not start");
    const content = JSON.parse(specs);
    arms = new Map(content.arms.map(arm => [keyOf(arm.target, arm.arm), arm]));
    return content;
  }

  const content = () => (loading ??= load());

  // One picture after the other, each when the browser has time.
  let last = Promise.resolve();
  const idle = () => new Promise(done => (window.requestIdleCallback ? requestIdleCallback(() => done(), { timeout: 400 }) : setTimeout(done, 20)));
  const inTurn = work => (last = last.then(idle).then(work).catch(() => undefined));

  async function drawing(spec, config, label) {
    const place = document.createElement("div");
    await window.vegaEmbed(place, { ...spec, config }, EMBED);
    const svg = place.querySelector("svg");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label + HINT);
    svg.setAttribute("tabindex", "0");
    for (const part of svg.querySelectorAll("[role]")) SPOKEN.forEach(name => part.removeAttribute(name));
    return svg;
  }

  async function enliven(figure) {
    const { figures, config } = await content();
    const found = figures[figure.dataset.chart];
    const still = figure.querySelector("svg");
    if (!found || !still || figure.dataset.live) return;
    const svg = await drawing(found.spec, config, still.getAttribute("aria-label") || "");
    figure.dataset.live = "yes";
    figure.dataset.target = found.target;
    still.replaceWith(svg);
    fade(figure);
  }

  // What was drawn for which arm.
  function drawnFor(element) {
    const datum = element.__data__?.datum;
    const figure = element.closest?.("figure");
    if (!datum || datum.arm === undefined || !figure) return null;
    const arm = arms.get(keyOf(datum.target || figure.dataset.target, datum.arm));
    return arm ? { arm, note: datum.note } : null;
  }

  const leaves = figure => [...figure.querySelectorAll("svg path, svg line, svg text, svg rect")];

  // Filters of the page: what they hide elsewhere is faded here.
  const among = (list, values) => !list || list.length === 0 || values.some(value => list.includes(value === null ? "" : String(value)));

  function matches(arm, filter) {
    const row = arm.key && document.querySelector(`#table-arms tr[data-k="${CSS.escape(arm.key)}"]`);
    if (row) return !row.hidden; // the table filters by the text of its cells too
    const names = `${arm.target} ${arm.arm} ${arm.label}`.toLowerCase();
    return (
      among(filter.methods, [arm.method]) &&
      among(filter.ranks, [arm.rank]) &&
      among(filter.quantization, [arm.quantization]) &&
      among(filter.targets, [arm.target]) &&
      among(filter.seeds, arm.seeds.length > 0 ? arm.seeds : [null]) &&
      String(filter.text || "").toLowerCase().split(/\s+/).every(word => names.includes(word))
    );
  }

  function fade(figure) {
    const filter = window.harnessFilter || {};
    const shown = new Map();
    for (const element of leaves(figure)) {
      const found = drawnFor(element);
      if (!found) continue;
      if (!shown.has(found.arm)) shown.set(found.arm, matches(found.arm, filter));
      element.classList.toggle("faded", !shown.get(found.arm));
    }
  }

  const livePictures = () => document.querySelectorAll("figure[data-live]");
  document.addEventListener("harness:filter", () => livePictures().forEach(fade));

  // What a mark stands for.
  const tip = document.createElement("div");
  tip.className = "chart-tip";
  tip.setAttribute("role", "status");
  tip.hidden = true;
  document.body.append(tip);
  let pointed = null;

  function line(tag, text) {
    const element = document.createElement(tag);
    element.textContent = text;
    return element;
  }

  function tell(element, found, x, y) {
    hush();
    pointed = element;
    const list = document.createElement("dl");
    for (const [name, text] of found.arm.lines) list.append(line("dt", name), line("dd", text));
    tip.replaceChildren(line("strong", found.arm.arm), ...(found.note ? [line("em", found.note)] : []), list);
    tip.hidden = false;
    const { width, height } = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(8, Math.min(x + 14, innerWidth - width - 8))}px`;
    tip.style.top = `${Math.max(8, y + 14 + height > innerHeight ? y - height - 14 : y + 14)}px`;
  }

  function hush() {
    pointed?.classList.remove("pointed");
    pointed = null;
    tip.hidden = true;
  }

  document.addEventListener("pointerover", event => {
    const live = event.target.closest?.("figure[data-live]");
    const found = live && drawnFor(event.target);
    if (found && !event.target.classList.contains("faded")) tell(event.target, found, event.clientX, event.clientY);
    else if (pointed) hush();
  });

  // Marks that the arrow keys go through, from left to right.
  function stops(figure) {
    for (const kind of [".mark-symbol", ".mark-rect", ".mark-line"]) {
      const found = [...figure.querySelectorAll(`${kind} path`)].filter(one => drawnFor(one) && !one.classList.contains("faded"));
      if (found.length > 0) return found.map(one => [one.getBoundingClientRect(), one]).sort(([a], [b]) => a.left - b.left || a.top - b.top).map(([, one]) => one);
    }
    return [];
  }

  document.addEventListener("keydown", event => {
    if (event.key === "Escape") hush();
    const figure = event.target.closest?.("figure[data-live]");
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!figure || !step || event.target.tagName.toLowerCase() !== "svg") return;
    const marks = stops(figure);
    if (marks.length === 0) return;
    event.preventDefault();
    const now = marks.indexOf(pointed);
    const next = marks[now < 0 ? (step > 0 ? 0 : marks.length - 1) : (now + step + marks.length) % marks.length];
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
    const box = next.getBoundingClientRect();
    tell(next, drawnFor(next), box.right, box.bottom);
    next.classList.add("pointed");
  });
  document.addEventListener("focusout", hush);
  document.addEventListener("scroll", () => { if (pointed && !pointed.classList.contains("pointed")) hush(); }, { passive: true, capture: true });

  // Gain or forgetting against the cost that was chosen.
  const explorer = document.getElementById("explorer");
  const picker = explorer?.querySelector("form");

  async function explore() {
    const { explorer: specs, config } = await content();
    const [price, measure] = [picker.elements.price, picker.elements.measure];
    const titles = [measure, price].map(one => one.selectedOptions[0].textContent);
    const label = `${titles[0]} against ${titles[1].charAt(0).toLowerCase()}${titles[1].slice(1)}`;
    for (const figure of explorer.querySelectorAll("figure[data-place]")) {
      const place = figure.querySelector("div");
      const spec = specs[`${figure.dataset.place}/${price.value}/${measure.value}`];
      const picture = spec
        ? await drawing(spec, config, `${label} on ${figure.dataset.target}`)
        : line("p", "Not measured, or the same for every arm.");
      if (place.contains(pointed)) hush();
      place.replaceChildren(picture);
      place.setAttribute("aria-label", `${label} on ${figure.dataset.target}`);
      figure.querySelector("figcaption").textContent = `${figure.dataset.target}: ${label.charAt(0).toLowerCase()}${label.slice(1)}.`;
      figure.dataset.live = "yes";
      fade(figure);
    }
    picker.hidden = false;
    explorer.querySelector(".live").hidden = false;
    explorer.querySelector(".still").hidden = true;
  }

  picker?.addEventListener("submit", event => event.preventDefault());
  picker?.addEventListener("change", () => inTurn(explore));

  const near = new IntersectionObserver(entries => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      inTurn(() => (target === explorer ? explore() : enliven(target)));
    }
  }, { rootMargin: "300px 0px" });
  document.querySelectorAll("figure[data-chart]").forEach(figure => near.observe(figure));
  if (explorer) near.observe(explorer);
})();
