// How far a window drifted, and what PSI and KS say of it.
import { ksStatistic, normalPdf, normals, populationStabilityIndex } from "./formulas.js";
import { chart, controls, fixed, readout, steps, whole } from "./kit.js";

export default function (place) {
  const values = controls(place, [
    ["shift", "The mean moved by (standard deviations)", -2, 2, 0.1, 0.3, fixed(1)],
    ["spread", "The spread is times", 0.5, 2, 0.1, 1, fixed(1)],
    ["rows", "Rows in the window", 50, 5000, 50, 500, whole],
    ["seed", "Another window", 1, 20, 1, 1, whole],
  ], draw);
  const plot = chart(place, { series: ["reference", "window"], x: "value of the feature", y: "density", xRange: [-5, 5] });
  const show = readout(place);
  const reference = (() => { const next = normals(99); return Array.from({ length: 5000 }, next); })();
  function draw({ shift, spread, rows, seed }) {
    const next = normals(seed), still = normals(seed + 100);
    const window_ = Array.from({ length: rows }, () => shift + spread * next());
    const quiet = Array.from({ length: rows }, still);
    const psi = populationStabilityIndex(reference, window_), ks = ksStatistic(reference, window_);
    const grid = steps(100, -5, 5);
    plot([grid, grid.map(normalPdf), grid.map((x) => normalPdf((x - shift) / spread) / spread)], `PSI ${psi.toFixed(2)}, KS distance ${ks.toFixed(2)}`);
    show({
      PSI: fixed(3)(psi), "KS distance": fixed(3)(ks), "KS that chance exceeds in 5% of windows": fixed(3)(1.358 * Math.sqrt(1 / rows + 1 / 5000)),
      "PSI of a window that did not drift": fixed(3)(populationStabilityIndex(reference, quiet)),
    });
  }
  draw(values);
}
