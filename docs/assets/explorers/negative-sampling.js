// Keep a share of the negatives, and take the inflated probabilities back.
import { correctDownsampledProbability } from "./formulas.js";
import { chart, controls, percent, readout, steps } from "./kit.js";

export default function (place) {
  const values = controls(place, [
    ["base", "Base rate before", 0.001, 0.3, 0.001, 0.01, percent(1)],
    ["keep", "Share of negatives kept", 0.01, 1, 0.01, 0.05, percent(0)],
    ["p", "The model now says", 0.01, 0.99, 0.01, 0.5, percent(0)],
  ], draw);
  const plot = chart(place, { series: ["probability before sampling", "uncorrected"], x: "what the model says", y: "what it means", xRange: [0, 1], yRange: [0, 1] });
  const show = readout(place);
  function draw({ base, keep, p }) {
    const grid = steps(100);
    const right = correctDownsampledProbability(p, keep);
    plot([grid, grid.map((x) => correctDownsampledProbability(x, keep)), grid], `${percent(0)(p)} stands for ${percent(1)(right)}`);
    show({
      "base rate of the sample": percent(1)(base / (base + keep * (1 - base))), "rows left": percent(1)(base + keep * (1 - base)),
      "corrected probability": percent(2)(right), "too high by a factor of": (p / right).toFixed(1),
    });
  }
  draw(values);
}
