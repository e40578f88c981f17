// A threshold on scores of a thousand rows: what the base rate does to precision.
import { averagePrecision, confusionCounts, normalQuantile, precisionRecallF1, rocAuc } from "./formulas.js";
import { chart, controls, fixed, percent, readout, steps } from "./kit.js";

const ROWS = 1000;
export function rows(base, apart) {
  const n = Math.max(1, Math.round(base * ROWS));
  const spread = (count) => Array.from({ length: count }, (_, i) => normalQuantile((i + 0.5) / count));
  return { y: [...Array(n).fill(1), ...Array(ROWS - n).fill(0)], score: [...spread(n).map((z) => z + apart), ...spread(ROWS - n)] };
}

export default function (place) {
  const values = controls(place, [
    ["base", "Base rate", 0.002, 0.5, 0.002, 0.1, percent(1)],
    ["apart", "How far apart the classes score", 0, 4, 0.1, 2, fixed(1)],
    ["threshold", "Threshold", -2, 5, 0.1, 1, fixed(1)],
  ], draw);
  const plot = chart(place, { series: ["precision", "recall", "here"], x: "threshold", y: "share", xRange: [-2, 5], yRange: [0, 1.02], points: ["here"] });
  const show = readout(place);
  function draw({ base, apart, threshold }) {
    const { y, score } = rows(base, apart);
    const at = (t) => score.map((s) => (s >= t ? 1 : 0));
    const grid = steps(70, -2, 5);
    const curves = grid.map((t) => precisionRecallF1(y, at(t)));
    const [tp, fp, fn, tn] = confusionCounts(y, at(threshold));
    const [precision, recall, f1] = precisionRecallF1(y, at(threshold));
    const near = Math.round((threshold + 2) * 10);
    // Of nothing flagged no share is right: the line ends there.
    plot([grid, curves.map((c) => (c[1] > 0 || c[0] > 0 ? c[0] : null)), curves.map((c) => c[1]), grid.map((_, i) => (i === near ? precision : null))],
      `Precision ${percent(0)(precision)} and recall ${percent(0)(recall)} at a threshold of ${threshold.toFixed(1)}`);
    show({
      "true positives": tp, "false positives": fp, "missed": fn, "true negatives": tn,
      precision: percent(1)(precision), recall: percent(1)(recall), F1: fixed(3)(f1),
      "ROC AUC": fixed(3)(rocAuc(y, score)), "PR AUC": fixed(3)(averagePrecision(y, score)),
    });
  }
  draw(values);
}
