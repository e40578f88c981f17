// Servers, load and waiting: where the latency budget goes as traffic rises.
import { mmcWaitQuantile, peakQps, serialAvailability } from "./formulas.js";
import { chart, controls, fixed, percent, readout, steps, whole } from "./kit.js";

export default function (place) {
  const values = controls(place, [
    ["users", "Daily users, thousands", 10, 5000, 10, 1000, whole],
    ["requests", "Requests of each", 1, 50, 1, 10, whole],
    ["ms", "Milliseconds of work a request", 1, 100, 1, 20, whole],
    ["servers", "Servers", 1, 60, 1, 10, whole],
    ["boxes", "Boxes in series, 99.9% each", 1, 12, 1, 5, whole],
  ], draw);
  const plot = chart(place, { series: ["p99 of the wait", "median of the wait", "p99 at the peak"], points: ["p99 at the peak"], x: "requests a second", y: "ms", yRange: [0, 200] });
  const show = readout(place);
  function draw({ users, requests, ms, servers, boxes }) {
    const rate = peakQps(1000 * users, requests), most = (servers * 1000) / ms;
    const wait = (arrivals, q) => 1000 * mmcWaitQuantile(arrivals, 1000 / ms, servers, q);
    const grid = [...steps(80, most / 100, 0.99 * most), ...(rate < 0.99 * most ? [rate] : [])].sort((a, b) => a - b);
    const text = (v) => (Number.isFinite(v) ? `${v.toFixed(1)} ms` : "without end");
    const column = (q) => grid.map((x) => Math.min(wait(x, q), 400));
    plot([grid, column(0.99), column(0.5), grid.map((x) => (x === rate ? Math.min(wait(x, 0.99), 400) : null))], `At the peak of ${whole(rate)} requests a second the 99th percentile of the wait is ${text(wait(rate, 0.99))}`);
    const up = serialAvailability(Array(boxes).fill(0.999));
    show({
      "peak, requests a second": whole(rate), "load of the servers": percent(0)(rate / most),
      "median wait": text(wait(rate, 0.5)), "p99 of the wait": text(wait(rate, 0.99)),
      "with one server fewer": servers > 1 ? text(1000 * mmcWaitQuantile(rate, 1000 / ms, servers - 1, 0.99)) : "none left",
      "availability of the boxes": percent(2)(up), "minutes down a month": fixed(0)((1 - up) * 30 * 24 * 60),
    });
  }
  draw(values);
}
