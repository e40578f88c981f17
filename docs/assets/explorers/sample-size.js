// How many users an experiment needs.
import { sampleSizeTwoProportions } from "./formulas.js";
import { chart, controls, percent, readout, steps, whole } from "./kit.js";

export default function (place) {
  const values = controls(place, [
    ["base", "Share in the control", 0.005, 0.5, 0.005, 0.04, percent(1)],
    ["lift", "Smallest effect worth finding, relative", 0.01, 0.3, 0.01, 0.1, percent(0)],
    ["power", "Power", 0.5, 0.95, 0.05, 0.8, percent(0)],
    ["users", "New users a day", 1000, 200000, 1000, 20000, whole],
  ], draw);
  const plot = chart(place, { series: ["users in each arm", "here"], x: "effect, relative", y: "users (thousands)", xRange: [0, 0.3], points: ["here"] });
  const show = readout(place);
  function draw({ base, lift, power, users }) {
    const size = (relative) => sampleSizeTwoProportions(base, base * relative, 0.05, power);
    const grid = steps(58, 0.01, 0.3), n = size(lift);
    const nearest = grid.reduce((a, b) => (Math.abs(b - lift) < Math.abs(a - lift) ? b : a));
    // The smallest effects would hide the rest of the curve.
    const most = 20 * size(0.3);
    plot([grid, grid.map((x) => (size(x) <= most ? size(x) / 1000 : null)), grid.map((x) => (x === nearest && n <= most ? n / 1000 : null))],
      `${whole(n)} users in each arm`);
    show({ "absolute effect": `${(100 * base * lift).toFixed(2)} points`, "users in each arm": whole(n), "days with half of the users in each arm": whole(Math.ceil((2 * n) / users)), "for half the effect": whole(size(lift / 2)) });
  }
  draw(values);
}
