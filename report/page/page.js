"use strict";
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const settings = read("settings");
const figures = [...document.querySelectorAll("figure.chart")];
const figureText = new Intl.NumberFormat(settings.locale.replace("_", "-"), { maximumFractionDigits: 2 });
const shareText = new Intl.NumberFormat(settings.locale.replace("_", "-"), { style: "percent" });

// ---- charts: those of the chosen study first, the others while the browser is idle ----
const MULTIPLE = 262; // width of one of the small charts, with its axis

function columns(figure) {
  return Math.max(1, Math.floor(figure.querySelector(".plot").clientWidth / MULTIPLE));
}

// rows from columns: numbers as they are, texts as places in a list
function unpacked(columns) {
  const names = Object.keys(columns);
  const lists = names.map((name) => columns[name].of ? columns[name].at.map((i) => columns[name].of[i]) : columns[name]);
  return lists[0].map((_, row) => Object.fromEntries(names.map((name, i) => [name, lists[i][row]])));
}

async function draw(figure) {
  const spec = JSON.parse(figure.querySelector("script").textContent);
  spec.datasets.rows = unpacked(spec.datasets.rows);
  const plot = figure.querySelector(".plot");
  if (figure.dataset.kind === "multiples") {
    spec.columns = columns(figure);
    spec.spec.width = Math.floor(plot.clientWidth / spec.columns) - 60;
    figure.dataset.columns = spec.columns;
  }
  const date = chosenDate(figure.closest(".study"));
  if (isDated(figure) && date) spec.params.find((param) => param.name === "date").value = date;
  const options = {
    ast: true, actions: false, renderer: "svg", mode: "vega-lite", defaultStyle: false, config: settings.config,
    formatLocale: settings.formatLocale, tooltip: { disableDefaultStyle: true },
  };
  figure.view?.finalize();
  figure.view = (await vegaEmbed(plot, spec, options)).view;
  plot.querySelector("svg").setAttribute("aria-hidden", "true"); // the label of the plot speaks for it
}

async function drawAll() {
  const hidden = (figure) => figure.closest(".study.other") !== null;
  for (const figure of [...figures].sort((a, b) => hidden(a) - hidden(b))) {
    await draw(figure);
    await new Promise((next) => setTimeout(next));
  }
  document.body.dataset.ready = "yes";
}

// ---- the study that is shown ----
function choose(study) {
  for (const block of document.querySelectorAll(".study")) {
    block.classList.toggle("other", !block.dataset.study.split(" ").includes(study));
  }
}

document.getElementById("studies").addEventListener("change", (event) => {
  choose(event.target.value);
  event.target.parentElement.scrollIntoView({ block: "nearest", inline: "center" });
  window.dispatchEvent(new Event("resize"));
});

// ---- the date of a study's history ----
function chosenDate(study) {
  return study?.querySelector(".dates input:checked")?.value;
}

// whether a chart shows the chosen date; at the first date those of what changed are hidden, and have nothing to draw
function isDated(figure) {
  return figure.dataset.kind === "dated" && figure.closest("[hidden]") === null;
}

function chooseDate(study) {
  const date = chosenDate(study);
  for (const part of study.querySelectorAll("[data-at]")) part.hidden = !part.dataset.at.split(" ").includes(date);
  for (const figure of figures) {
    if (study.contains(figure) && isDated(figure)) figure.view?.signal("date", date).runAsync();
  }
  window.dispatchEvent(new Event("resize")); // a chart that was hidden had no width
}

for (const dates of document.querySelectorAll(".dates")) {
  dates.addEventListener("change", () => chooseDate(dates.closest(".study")));
  chooseDate(dates.closest(".study")); // a browser may remember the choice of an earlier visit
}

// ---- the legend of the scatter plot ----
for (const button of document.querySelectorAll(".legend button")) {
  button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    const buttons = [...button.closest(".legend").querySelectorAll("button")];
    const shown = buttons.filter((b) => b.getAttribute("aria-pressed") === "true").map((b) => Number(b.dataset.segment));
    const scatter = button.closest(".study").querySelector("figure[data-kind=scatter]");
    scatter?.view?.signal("shown", shown).runAsync();
  });
}

// ---- the small charts: as many side by side as fit ----
let waiting;
window.addEventListener("resize", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    for (const figure of figures) {
      if (figure.dataset.columns && Number(figure.dataset.columns) !== columns(figure)) draw(figure);
    }
  }, 150);
});

// ---- the form ----
function values(form, model) {
  return model.features.map((feature) => {
    const input = form.querySelector(`[data-feature="${CSS.escape(feature.name)}"]`);
    if (input) return input.value === "" ? null : Number(input.value);
    const select = [...form.querySelectorAll("select")].find((s) => [...s.options].some((o) => o.value === feature.name));
    if (select.value === "") return null;
    return select.value === feature.name ? 1 : 0;
  });
}

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function show(form, model) {
  const { ranked, pulls, margin, outlier } = segmentation.place(model, values(form, model));
  const [first, second] = ranked;
  const output = form.querySelector("output");
  output.replaceChildren(element("strong", first.persona));
  if (margin !== null) {
    const border = margin < settings.borderMargin ? `On the border with ${second.persona}` : `Next: ${second.persona}`;
    output.append(element("p", `${border}; margin ${shareText.format(margin)}.`));
  }
  if (outlier) output.append(element("p", "Farther from the centre of its segment than 99 % of the training sample: an outlier.", "warning"));
  Object.assign(output.dataset, { segment: first.segment, distance: first.distance, margin: margin ?? "" });
  form.querySelector(".distances tbody").replaceChildren(...ranked.map((row) => {
    const line = document.createElement("tr");
    const head = element("th", "");
    head.scope = "row";
    head.append(element("span", row.segment, `number s${row.colour}`), ` ${row.persona}`);
    line.append(head, element("td", figureText.format(row.distance), "figure"));
    return line;
  }));
  const total = pulls.reduce((sum, feature) => sum + feature.pull, 0);
  form.querySelector(".pulls").replaceChildren(...pulls.slice(0, 3).map((feature) =>
    element("li", `${feature.label}: ${shareText.format(feature.pull / total)} of what pulls toward this segment`)));
}

const models = Object.fromEntries(read("form-models").map((model) => [model.study, model]));
for (const form of document.querySelectorAll("form.where")) {
  const update = () => show(form, models[form.dataset.study]);
  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  update();
}

choose(document.querySelector("#studies input:checked").value);
drawAll();
