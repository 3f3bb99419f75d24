"use strict";
(function () {
  const content = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const NARROW = 560, ROWS = 200, ERRORS = 1;
  const views = [];   // {figure, view}
  let stretch = null, brushed = null, needle = "";   // milliseconds; the view that it was drawn across; searched for

  // --- data -------------------------------------------------------------------------------------------------------
  const decoded = new Map();

  function table(name) {
    if (!decoded.has(name)) {
      const columns = {};
      for (const [key, values] of Object.entries(content.data[name])) {
        columns[key] = Array.isArray(values) ? values : values.at.map((n) => values.words[n]);
      }
      decoded.set(name, columns);
    }
    return decoded.get(name);
  }

  function rowCount(columns) {
    const first = Object.values(columns)[0];
    return first === undefined ? 0 : first.length;
  }

  function rows(name, panel) {
    const columns = table(name), keys = Object.keys(columns), result = [];
    const cut = panel !== null && keys.includes("panel");
    for (let n = 0; n < rowCount(columns); n += 1) {
      if (cut && columns.panel[n] !== panel) continue;
      const row = {};
      for (const key of keys) if (columns[key][n] !== null) row[key] = columns[key][n];
      result.push(row);
    }
    return result;
  }

  function has(figure, parameter) {
    return (figure.spec.params || []).some((each) => each.name === parameter);
  }

  // --- figures ----------------------------------------------------------------------------------------------------
  async function draw(figure, place, panel, unit) {
    const spec = JSON.parse(JSON.stringify(figure.spec).replaceAll('"{unit}"', () => JSON.stringify(unit)));
    const datasets = spec.datasets || {};
    for (const [name, source] of Object.entries(figure.data)) datasets[name] = rows(source, panel);
    const full = (spec.layer || []).filter((each) => {
      const own = each.data && datasets[each.data.name];
      return !Array.isArray(own) || own.length > 0;
    });
    if (full.length) spec.layer = full;
    Object.assign(spec, { datasets, width: "container", height: figure.height, autosize: { type: "fit", contains: "padding" } });
    if (figure.halved) spec.height = Math.min(560, Math.max(150, place.clientWidth / 2));
    if (place.clientWidth < NARROW) {
      spec.config.axis.labelLimit = 96;
      spec.config.axis.titleFontSize = 11;
      spec.config.legend.labelLimit = 120;
      spec.config.legend.columns = 2;
      spec.config.legend.layout = { top: { direction: "vertical", anchor: "start", bounds: "full" } };
    }
    const embedded = await window.vegaEmbed(place, spec, { actions: false, renderer: "svg", defaultStyle: false, logLevel: ERRORS });
    const view = embedded.view;
    place.setAttribute("role", "img");
    place.setAttribute("aria-roledescription", "figure");
    place.setAttribute("aria-label", panel === null ? figure.title : figure.title + ": " + panel);
    place.querySelector("svg").setAttribute("aria-hidden", "true");
    views.push({ figure, view });
    if (figure.timed) {
      if (stretch !== null) view.signal("window", stretch);
      if (has(figure, "needle")) view.signal("needle", needle);
      await view.runAsync();
    }
    if (has(figure, "brush")) {
      view.addSignalListener("brush", (_, value) => {
        const chosen = value && Object.values(value)[0];
        if (chosen && chosen.length === 2) {
          brushed = view;
          choose(Number(chosen[0]), Number(chosen[1]));
        } else if (brushed) {
          brushed = null;
          choose(whole[0], whole[1]);
        }
      });
    }
  }

  function signal(name, value, wanted) {
    for (const { figure, view } of views) {
      if (wanted(figure)) view.signal(name, value).runAsync();
    }
  }

  // --- the stretch of time ----------------------------------------------------------------------------------------
  const timed = content.figures.filter((figure) => figure.timed);
  const whole = timed.length ? timed[0].spec.params.find((each) => each.name === "window").value : null;
  let ends = null;

  function choose(from, to) {
    stretch = to > from ? [from, to] : whole;
    if (ends) ends.show(stretch);
    signal("window", stretch, (figure) => figure.timed);
  }

  function chooseAnew(from, to) {   // not by mouse: what the mouse drew goes
    const drawn = brushed;
    brushed = null;
    choose(from, to);
    if (drawn) drawn.signal("brush_x", [0, 0]).runAsync();
  }

  function moment(value) {
    return new Date(value).toISOString().slice(0, 16).replace("T", " ");
  }

  function element(kind, properties, parent) {
    const made = Object.assign(document.createElement(kind), properties || {});
    if (parent) parent.appendChild(made);
    return made;
  }

  function labelled(text, properties, parent) {
    const label = element("label", {}, parent);
    element("span", { textContent: text }, label);
    return element("input", properties, label);
  }

  function stretchTools(parent) {
    const tools = element("div", { className: "tools" }, parent);
    const steps = { type: "range", min: 0, max: 1000, step: 5 };
    const from = labelled("From", { ...steps, value: 0, id: "from" }, tools);
    const to = labelled("to", { ...steps, value: 1000, id: "to" }, tools);
    const said = element("output", {}, tools);
    const all = element("button", { type: "button", textContent: "Whole horizon" }, tools);
    const at = (value) => whole[0] + (whole[1] - whole[0]) * value / 1000;
    const back = (value) => Math.round(1000 * (value - whole[0]) / (whole[1] - whole[0]));
    ends = {
      show([a, b]) {
        from.value = back(a);
        to.value = back(b);
        said.textContent = moment(a) + " to " + moment(b) + " UTC";
      },
    };
    const read = () => chooseAnew(at(Math.min(from.value, to.value)), at(Math.max(from.value, to.value)));
    from.addEventListener("input", read);
    to.addEventListener("input", read);
    all.addEventListener("click", () => chooseAnew(whole[0], whole[1]));
    ends.show(whole);
  }

  // --- panels -----------------------------------------------------------------------------------------------------
  function panelTools(figure, parent) {
    if (has(figure, "needle")) {
      const input = labelled("Highlight jobs", { type: "search", id: "needle", placeholder: "part of a name" }, parent);
      input.addEventListener("input", () => {
        needle = input.value;
        signal("needle", needle, (each) => has(each, "needle"));
      });
    }
    if (figure.panels.length < 7) return;
    const input = labelled("Show only", { type: "search", placeholder: "part of a name", id: "only-" + figure.name }, parent);
    const said = element("output", {}, parent);
    input.addEventListener("input", () => {
      const part = input.value.toLowerCase();
      const more = document.querySelector("#" + figure.name + " details.more");
      if (more && part) more.open = true;
      let left = 0;
      for (const each of panels(figure)) {
        each.hidden = !each.querySelector("summary").textContent.toLowerCase().includes(part);
        left += each.hidden ? 0 : 1;
      }
      said.textContent = part ? left + " of " + figure.panels.length : "";
    });
  }

  function panels(figure) {
    return document.querySelectorAll("details.panel[data-figure='" + figure.name + "']");
  }

  function drawPanel(figure, each) {
    const place = each.querySelector(".chart");
    if (!each.open || place.dataset.begun) return Promise.resolve();
    place.dataset.begun = "yes";
    return draw(figure, place, ...figure.panels[Number(each.dataset.panel)]);
  }

  // --- numbers ----------------------------------------------------------------------------------------------------
  function said(value, kind) {
    if (value === null || value === undefined) return "";
    if (kind === "moment") return moment(value);
    if (kind !== "number") return String(value);
    const size = Math.abs(value);
    const digits = size < 1 ? { maximumSignificantDigits: 4 } : { maximumFractionDigits: size < 1000 ? 6 : 2 };
    return value.toLocaleString("en-US", digits);
  }

  function listed(columns) {   // without the points at the horizon's end, which only close a line
    return [...Array(rowCount(columns)).keys()].filter((n) => !whole || !columns.at || columns.at[n] < whole[1]);
  }

  function numbers(parent, shown, source, title) {
    if (parent.dataset.begun || !parent.open) return;
    parent.dataset.begun = "yes";
    const columns = table(source), order = listed(columns), count = order.length;
    const frame = element("div", { className: "table", tabIndex: 0 }, parent);
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", title + ", numbers");
    const made = element("table", {}, frame);
    const head = element("tr", {}, element("thead", {}, made));
    for (const [, text, kind] of shown.columns) {
      element("th", { textContent: text, scope: "col", className: kind === "number" ? "right" : "" }, head);
    }
    const body = element("tbody", {}, made);
    const under = element("div", { className: "under" }, parent);
    const text = element("span", {}, under);
    let until = 0;
    const more = element("button", { type: "button", textContent: "More rows" });
    function fill() {
      const end = Math.min(count, until + ROWS);
      for (const n of order.slice(until, end)) {
        const row = element("tr", {}, body);
        for (const [key, , kind] of shown.columns) {
          const cell = element("td", { textContent: said(columns[key][n], kind), dir: "auto" }, row);
          if (kind === "number") cell.className = "right";
        }
      }
      until = end;
      text.textContent = until < count ? "The first " + until + " of " + count + " rows" : count + (count === 1 ? " row" : " rows");
      more.hidden = until >= count;
    }
    more.addEventListener("click", fill);
    under.appendChild(more);
    const save = element("button", { type: "button", textContent: "Save as CSV" }, under);
    save.addEventListener("click", () => keep(shown, columns, order, source));
    fill();
  }

  function keep(shown, columns, order, source) {
    const cell = (value) => {
      const text = value === null || value === undefined ? "" : String(value);
      const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? "'" + text : text;
      return /[",\n\r]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
    };
    const lines = [shown.columns.map(([, text]) => cell(text)).join(",")];
    for (const n of order) {
      lines.push(shown.columns.map(([key, , kind]) => cell(kind === "moment" ? new Date(columns[key][n]).toISOString() : columns[key][n])).join(","));
    }
    const link = element("a", { download: source + ".csv" });
    link.href = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "text/csv" }));
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  // --- a slider through solved points -----------------------------------------------------------------------------
  function sliders(told) {
    const place = document.getElementById("slider");
    const tools = place.querySelector(".tools"), list = place.querySelector("dl");
    const columns = table("slider"), count = rowCount(columns);
    const inputs = told.axes.map(([name, values], k) => {
      const input = labelled(name, { type: "range", min: 0, max: values.length - 1, step: 1, value: 0, id: "axis-" + k }, tools);
      return { name, values, input, said: element("output", {}, tools) };
    });
    function brief(value) {
      const wide = Math.abs(value) >= 1e5 ? { notation: "compact", maximumSignificantDigits: 5 } : { maximumSignificantDigits: 5 };
      return value.toLocaleString("en-US", wide);
    }
    function nearest() {
      let best = 0, least = Infinity;
      for (let n = 0; n < count; n += 1) {
        let far = 0;
        for (const { name, values, input } of inputs) {
          const width = values[values.length - 1] - values[0] || 1;
          far += ((columns[name][n] - values[input.value]) / width) ** 2;
        }
        if (far < least) [best, least] = [n, far];
      }
      return best;
    }
    function fact(label, value, note) {
      const box = element("div", { className: "fact" }, list);
      element("dt", { textContent: label }, box);
      const told = element("dd", {}, box);
      element("b", { textContent: value }, told);
      element("span", { textContent: note }, told);
    }
    function show() {
      const n = nearest();
      list.replaceChildren();
      for (const { values, input, said: words } of inputs) words.textContent = said(values[input.value], "number");
      fact("Point", String(columns.point[n]), inputs.map((each) => said(columns[each.name][n], "number")).join(", "));
      for (const [key, words, unit, times] of told.figures) {
        const value = columns[key][n];
        fact(words, value === null ? "-" : brief(value * times), unit);
      }
    }
    for (const { input } of inputs) input.addEventListener("input", show);
    show();
  }

  // --- all of it --------------------------------------------------------------------------------------------------
  document.getElementById("theme").addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });

  for (const figure of content.figures) {
    const place = document.querySelector("details[data-numbers='" + figure.name + "']");
    if (place) {
      const show = () => numbers(place, figure.shown, figure.shown.data, figure.title);
      place.addEventListener("toggle", show);
    }
  }
  for (const [name, shown] of Object.entries(content.tables)) {
    const place = document.querySelector("details[data-numbers='" + name + "']");
    const show = () => numbers(place, shown, name, place.parentElement.querySelector("h2").textContent);
    place.addEventListener("toggle", show);
    show();
  }

  if (content.slider) sliders(content.slider);

  async function start() {
    for (const figure of content.figures) {
      if (has(figure, "brush") && whole) {
        const chart = document.querySelector("#" + figure.name + " .chart");
        const tools = element("div");
        chart.after(tools);
        stretchTools(tools);
      }
      if (figure.panels.length) {
        panelTools(figure, document.querySelector("[data-tools='" + figure.name + "']"));
        for (const each of panels(figure)) {
          each.addEventListener("toggle", () => drawPanel(figure, each));
          await drawPanel(figure, each);
        }
      } else {
        await draw(figure, document.querySelector(".chart[data-figure='" + figure.name + "']"), null, "");
      }
    }
    root.dataset.drawn = "yes";
  }
  start();
}());
