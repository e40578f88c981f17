// What explorers are made of: sliders with their values, a chart, and the numbers as text.
import { element } from "../element.js";
import uPlot from "./uplot.js";

export { element };

const sheet = document.createElement("link");
sheet.rel = "stylesheet";
sheet.href = new URL("uplot.css", import.meta.url);
document.head.append(sheet);

let ids = 0;

// Sliders: [name, label, min, max, step, value, format]. `draw` gets the values by name.
export function controls(place, sliders, draw) {
  const values = {};
  const rows = sliders.map(([name, label, min, max, step, value, format = String]) => {
    const id = `explorer-${++ids}`;
    const shown = element("output", { htmlFor: id }, format(value));
    const input = element("input", { type: "range", id, min, max, step, value });
    input.setAttribute("aria-valuetext", format(value));
    values[name] = value;
    input.addEventListener("input", () => {
      values[name] = Number(input.value);
      shown.textContent = format(values[name]);
      input.setAttribute("aria-valuetext", shown.textContent);
      draw(values);
    });
    return element("div", { className: "explorer-slider" }, element("label", { htmlFor: id }, label), input, shown);
  });
  place.append(element("div", { className: "explorer-sliders" }, ...rows));
  return values;
}

// A table of numbers, read aloud as they change: `show({ name: text })`.
export function readout(place) {
  const list = element("dl", { className: "explorer-numbers" });
  place.append(element("div", { role: "status" }, list));
  return (numbers) => list.replaceChildren(...Object.entries(numbers).map(([name, text]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, text))));
}

const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();
const LINES = ["--site-node-edge", "--md-accent-fg-color", "--site-third", "--site-edge"];

// A chart: `series` are names; `draw(data, says)` takes columns, the first the x values.
export function chart(place, { series, x, y, xRange, yRange, height = 240, xLog = false, points = [] }) {
  const box = element("div", { className: "explorer-chart", role: "img" });
  place.append(box);
  let plot, data;
  const axis = (label, format) => ({
    label, stroke: () => colour("--md-default-fg-color"), labelSize: 24, size: 44,
    grid: { stroke: () => colour("--site-line"), width: 1 }, ticks: { stroke: () => colour("--site-line") },
    ...(format ? { values: (_, ticks) => ticks.map(format) } : {}),
  });
  const make = () => {
    plot?.destroy();
    plot = new uPlot({
      width: box.clientWidth, height,
      cursor: { show: false }, legend: { show: series.length > 1, live: false },
      scales: {
        x: { time: false, ...(xRange ? { range: xRange } : {}), ...(xLog ? { distr: 3 } : {}) },
        y: yRange ? { range: yRange } : {},
      },
      axes: [axis(x), axis(y)],
      series: [{}, ...series.map((label, i) => ({
        label, stroke: () => colour(LINES[i % LINES.length]), width: 2,
        points: { show: points.includes(label), size: 6 },
        ...(points.includes(label) ? { paths: () => null } : {}),
      }))],
    }, data, box);
  };
  new ResizeObserver(() => plot && plot.width !== box.clientWidth && plot.setSize({ width: box.clientWidth, height })).observe(box);
  new MutationObserver(() => data && make()).observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
  return (columns, says) => {
    data = columns;
    box.setAttribute("aria-label", says);
    if (plot) plot.setData(data);
    else make();
  };
}

export const percent = (digits = 0) => (value) => `${(100 * value).toFixed(digits)}%`;
export const fixed = (digits) => (value) => value.toFixed(digits);
export const whole = (value) => Math.round(value).toLocaleString("en");
export const steps = (n, from = 0, to = 1) => Array.from({ length: n + 1 }, (_, i) => from + ((to - from) * i) / n);
