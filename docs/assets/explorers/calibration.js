// Forecasts that are too bold, too timid or shifted: what a reliability diagram shows.
import { brierDecomposition, expectedCalibrationError, random, reliabilityBins } from "./formulas.js";
import { chart, controls, fixed, readout, whole } from "./kit.js";

const logit = (p) => Math.log(p / (1 - p));
const expit = (z) => 1 / (1 + Math.exp(-z));

export default function (place) {
  const values = controls(place, [
    ["slope", "Boldness: the log-odds times", 0.3, 3, 0.1, 2, fixed(1)],
    ["shift", "Shift of the log-odds", -2, 2, 0.1, 0, fixed(1)],
    ["rows", "Rows", 100, 5000, 100, 1000, whole],
    ["bins", "Bins", 2, 30, 1, 10, whole],
  ], draw);
  const plot = chart(place, { series: ["observed share", "perfect"], x: "mean forecast of a bin", y: "observed share", xRange: [0, 1], yRange: [0, 1], points: ["observed share"] });
  const show = readout(place);
  function draw({ slope, shift, rows, bins }) {
    const draw_ = random(1);
    const truth = Array.from({ length: rows }, () => 0.02 + 0.96 * draw_());
    const y = truth.map((p) => (draw_() < p ? 1 : 0));
    const p = truth.map((q) => expit(slope * logit(q) + shift));
    const filled = reliabilityBins(y, p, bins);
    const x = [0, ...filled.map((bin) => bin[1]), 1];
    const ece = expectedCalibrationError(y, p, bins);
    const [reliability, resolution, uncertainty] = brierDecomposition(y, p, bins);
    plot([x, [null, ...filled.map((bin) => bin[2]), null], x], `Expected calibration error ${ece.toFixed(3)} in ${bins} bins`);
    show({
      "calibration error (ECE)": fixed(3)(ece),
      "ECE of the true probabilities": fixed(3)(expectedCalibrationError(y, truth, bins)),
      reliability: fixed(4)(reliability), resolution: fixed(4)(resolution), uncertainty: fixed(4)(uncertainty),
      "Brier score": fixed(4)(reliability - resolution + uncertainty),
    });
  }
  draw(values);
}
