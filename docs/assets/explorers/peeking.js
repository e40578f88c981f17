// Tests of nothing, looked at again and again.
import { msprtPValues, normals } from "./formulas.js";
import { chart, controls, percent, readout, whole } from "./kit.js";

const TESTS = 1000, PER_LOOK = 50;

export default function (place) {
  const values = controls(place, [
    ["looks", "Looks, evenly spaced", 1, 50, 1, 20, whole],
    ["seed", "Another thousand tests", 1, 20, 1, 1, whole],
  ], draw);
  const plot = chart(place, { series: ["z above 1.96 at some look", "always-valid p below 0.05", "promised"], x: "looks so far", y: "share significant once", yRange: [0, 0.4] });
  const show = readout(place);
  function draw({ looks, seed }) {
    const next = normals(seed), peeked = Array(looks).fill(0), valid = Array(looks).fill(0);
    for (let test = 0; test < TESTS; test++) {
      // The sum of the differences between two looks is one normal number.
      const x = Array.from({ length: looks }, () => next() * Math.sqrt(PER_LOOK));
      const p = msprtPValues(x, PER_LOOK, PER_LOOK / 10);
      let total = 0, z = false;
      for (let i = 0; i < looks; i++) {
        total += x[i];
        z ||= Math.abs(total) / Math.sqrt(PER_LOOK * (i + 1)) > 1.96;
        peeked[i] += z;
        valid[i] += p[i] < 0.05;
      }
    }
    const at = Array.from({ length: looks }, (_, i) => i + 1);
    const share = (counts) => counts.map((n) => n / TESTS);
    const [a, b] = [share(peeked).at(-1), share(valid).at(-1)];
    // A line needs two ends.
    const pad = (column) => (looks === 1 ? [column[0], column[0]] : column);
    plot([looks === 1 ? [1, 2] : at, pad(share(peeked)), pad(share(valid)), pad(at.map(() => 0.05))],
      `${percent(0)(a)} of a thousand tests without an effect were significant at some of ${looks} looks`);
    const half = (p) => `${percent(1)(p)} ± ${(196 * Math.sqrt((p * (1 - p)) / TESTS)).toFixed(1)} points`;
    show({ "false winners by peeking": half(a), "by an always-valid test": half(b) });
  }
  draw(values);
}
