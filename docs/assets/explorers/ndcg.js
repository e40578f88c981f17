// Move results up and down and see which metric notices.
import { averagePrecisionAtK, dcgAtK, ndcgAtK, reciprocalRank } from "./formulas.js";
import { element, fixed, readout } from "./kit.js";

const START = [["A review of the very thing", 3], ["A page that mentions it", 1], ["An advertisement", 0], ["The manual", 2], ["A forum, off topic", 0], ["The maker's page", 3]];

export default function (place) {
  const list = element("ol", { className: "explorer-ranking" });
  const moved = element("p", { role: "status", className: "quiz-moved" });
  place.append(list, moved);
  const show = readout(place);
  let dragged = null;
  for (const [title, gain] of START) {
    const item = element("li", { draggable: true });
    item.dataset.gain = gain;
    const move = (step) => {
      const other = step < 0 ? item.previousElementSibling : item.nextElementSibling;
      if (!other) return;
      other[step < 0 ? "before" : "after"](item);
      draw();
      moved.textContent = `${title}: now rank ${[...list.children].indexOf(item) + 1}`;
    };
    const arrow = (text, step) => {
      const made = element("button", { type: "button", className: "md-button" }, text);
      made.setAttribute("aria-label", `Move ${step < 0 ? "up" : "down"}: ${title}`);
      made.addEventListener("click", () => { move(step); made.focus(); });
      return made;
    };
    item.append(element("span", {}, `${title} (gain ${gain})`), element("span", { className: "quiz-move" }, arrow("↑", -1), arrow("↓", 1)));
    item.addEventListener("dragstart", () => { dragged = item; });
    item.addEventListener("dragover", (event) => {
      event.preventDefault();
      if (!dragged || dragged === item) return;
      const after = [...list.children].indexOf(dragged) < [...list.children].indexOf(item);
      item[after ? "after" : "before"](dragged);
      draw();
    });
    list.append(item);
  }
  function draw() {
    const gains = [...list.children].map((item) => Number(item.dataset.gain));
    const relevant = gains.map((gain) => (gain > 0 ? 1 : 0));
    show({
      "nDCG@6": fixed(3)(ndcgAtK(gains, 6)), "nDCG@3": fixed(3)(ndcgAtK(gains, 3)), "DCG@6": fixed(2)(dcgAtK(gains, 6)),
      "average precision": fixed(3)(averagePrecisionAtK(relevant, 6, 4)), "reciprocal rank": fixed(3)(reciprocalRank(relevant)),
      "precision@3": fixed(3)(relevant.slice(0, 3).reduce((a, b) => a + b, 0) / 3),
    });
  }
  draw();
}
