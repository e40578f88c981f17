// Which index family keeps to your limits, from the notebook's records.
import { controls, element, percent, whole } from "./kit.js";

export default function (place, results) {
  const rows = results.families.map((name, i) => ({ name, recall: results.recall[i], us: results.p50_us[i], bytes: results.bytes[i] }));
  const values = controls(place, [
    ["recall", "Recall@10 at least", 0.4, 1, 0.01, 0.9, percent(0)],
    ["us", "Median of a query at most, µs", 100, 1500, 50, 300, whole],
    ["bytes", "Bytes a vector at most", 20, 420, 10, 300, whole],
  ], draw);
  const body = element("tbody");
  const says = element("p", { role: "status" });
  const head = element("tr", {}, ...["Index", "Recall@10", "Median, µs", "Bytes a vector", "Within your limits"].map((text) => element("th", { scope: "col" }, text)));
  place.append(element("div", { className: "table-scroll", tabIndex: 0, role: "group", "aria-label": "Table" }, element("table", {}, element("thead", {}, head), body)), says);
  function draw({ recall, us, bytes }) {
    const fits = (row) => row.recall >= recall && row.us <= us && row.bytes <= bytes;
    body.replaceChildren(...rows.map((row) => element("tr", { className: fits(row) ? "explorer-fits" : "" },
      element("td", {}, row.name), element("td", {}, percent(1)(row.recall)), element("td", {}, whole(row.us)), element("td", {}, whole(row.bytes)), element("td", {}, fits(row) ? "yes" : "no"))));
    const left = rows.filter(fits).sort((a, b) => a.us - b.us);
    says.textContent = left.length ? `${left.length} of ${rows.length} families; the fastest is ${left[0].name}.` : "None: give up some recall, time or memory.";
  }
  draw(values);
}
