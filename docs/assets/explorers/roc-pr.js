// The same model on two axes: the ROC curve does not see the base rate, the PR curve does.
import { averagePrecision, rocAuc, tiedGroups } from "./formulas.js";
import { chart, controls, fixed, percent, readout, steps } from "./kit.js";
import { rows } from "./threshold.js";

export default function (place) {
  const values = controls(place, [
    ["base", "Base rate", 0.002, 0.5, 0.002, 0.2, percent(1)],
    ["apart", "How far apart the classes score", 0, 4, 0.1, 2, fixed(1)],
  ], draw);
  const plot = chart(place, {
    series: ["ROC: recall", "PR: precision", "PR of a random order"], xRange: [0, 1], yRange: [0, 1.02],
    x: "false positive rate (ROC), recall (PR)", y: "",
  });
  const show = readout(place);
  function draw({ base, apart }) {
    const { y, score } = rows(base, apart);
    const positives = y.reduce((a, b) => a + b, 0), negatives = y.length - positives;
    let tp = 0, fp = 0;
    const points = tiedGroups(y, score).map(([, p, n]) => {
      tp += p;
      fp += n - p;
      return { recall: tp / positives, false: fp / negatives, precision: tp / (tp + fp) };
    });
    const grid = steps(100);
    const roc = grid.map((x) => points.findLast((point) => point.false <= x)?.recall ?? 0);
    const pr = grid.map((x) => points.find((point) => point.recall >= x)?.precision ?? null);
    const auc = rocAuc(y, score), ap = averagePrecision(y, score);
    plot([grid, roc, pr, grid.map(() => positives / y.length)],
      `ROC AUC ${auc.toFixed(2)}, PR AUC ${ap.toFixed(2)} at a base rate of ${percent(1)(base)}`);
    show({ "ROC AUC": fixed(3)(auc), "PR AUC": fixed(3)(ap), "PR AUC of a random order": fixed(3)(positives / y.length) });
  }
  draw(values);
}
