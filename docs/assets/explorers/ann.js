// Recall against latency: which settings of which index keep to your limits, from the
// notebook's records.
import { chart, controls, element, fixed, whole } from "./kit.js";

export default function (place, results) {
  const settings = results.front_family.map((family, i) => ({
    family, recall: results.front_recall[i], us: results.front_p50_us[i], bytes: results.front_bytes[i],
  }));
  const sorted = [...settings].sort((a, b) => a.us - b.us);
  const values = controls(place, [
    ["recall", "Recall@10 at least", 0.3, 1, 0.01, 0.9, fixed(2)],
    ["us", "Median of a query at most, µs", 20, 1600, 10, 300, whole],
    ["bytes", "Bytes a vector at most", 20, 420, 10, 300, whole],
  ], draw);
  const series = ["within your limits", "outside"];
  const plot = chart(place, { series, points: series, x: "median of a query, µs", y: "recall@10", xLog: true, xRange: [10, 2000], yRange: [0, 1.05] });
  const body = element("tbody");
  const says = element("p", { role: "status" });
  const head = element("tr", {}, ...["Index", "Recall@10", "Median, µs", "Bytes a vector", "Within your limits"].map((text) => element("th", { scope: "col" }, text)));
  place.append(element("div", { className: "table-scroll", tabIndex: 0, role: "group", "aria-label": "Table" }, element("table", {}, element("thead", {}, head), body)), says);
  function draw({ recall, us, bytes }) {
    const fits = (one) => one.recall >= recall && one.us <= us && one.bytes <= bytes;
    // Of each family the fastest setting that fits, else the most accurate one.
    const rows = results.families.map((family) => {
      const own = sorted.filter((one) => one.family === family);
      return own.find(fits) ?? own.reduce((a, b) => (b.recall > a.recall ? b : a));
    });
    body.replaceChildren(...rows.map((row) => element("tr", { className: fits(row) ? "explorer-fits" : "" },
      element("td", {}, row.family), element("td", {}, fixed(2)(row.recall)), element("td", {}, whole(row.us)), element("td", {}, whole(row.bytes)), element("td", {}, fits(row) ? "yes" : "no"))));
    const left = rows.filter(fits).sort((a, b) => a.us - b.us);
    says.textContent = left.length ? `${left.length} of ${rows.length} families; the fastest is ${left[0].family}.` : "None: give up some recall, time or memory.";
    const column = (wanted) => sorted.map((one) => (fits(one) === wanted ? one.recall : null));
    plot([sorted.map((one) => one.us), column(true), column(false)],
      `${settings.filter(fits).length} of ${settings.length} settings keep to your limits`);
  }
  draw(values);
}
