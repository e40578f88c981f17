// Three rules share out the same users over three arms.
import { normals, random, thompsonBernoulli, ucb1 } from "./formulas.js";
import { chart, controls, percent, readout, whole } from "./kit.js";

const RUNS = 20;
const RULES = {
  "A/B test, then the winner": (arm, t, horizon) => (t < horizon / 4 ? t % 3 : (arm.winner ??= best(arm))),
  UCB1: (arm, t) => ucb1(arm.n, arm.n.map((n, i) => (n ? arm.s[i] / n : 0)), Math.max(t, 1)),
  Thompson: (arm, t, horizon, uniform, normal) =>
    thompsonBernoulli(arm.s, arm.n.map((n, i) => n - arm.s[i]), uniform, normal),
};
function best(arm) {
  const means = arm.n.map((n, i) => (n ? arm.s[i] / n : 0));
  return means.indexOf(Math.max(...means));
}

export default function (place) {
  const values = controls(place, [
    ["base", "Two arms pay", 0.02, 0.5, 0.01, 0.1, percent(0)],
    ["gap", "The third pays more by", 0.01, 0.3, 0.01, 0.05, (v) => `${Math.round(100 * v)} points`],
    ["users", "Users", 500, 5000, 500, 2000, whole],
    ["seed", "Another race", 1, 20, 1, 1, whole],
  ], draw);
  const plot = chart(place, { series: Object.keys(RULES), x: "users so far", y: "regret (conversions lost)" });
  const show = readout(place);
  function draw({ base, gap, users, seed }) {
    const rates = [base, base, base + gap];
    const at = Array.from({ length: 51 }, (_, i) => Math.round((i * users) / 50));
    const ends = {};
    const columns = Object.entries(RULES).map(([name, rule], r) => {
      const regret = at.map(() => 0);
      for (let run = 0; run < RUNS; run++) {
        const uniform = random(1000 * seed + 10 * run + r), normal = normals(7000 * seed + 10 * run + r);
        const arm = { n: [0, 0, 0], s: [0, 0, 0] };
        let lost = 0, next = 0;
        for (let t = 0; t <= users; t++) {
          if (t === at[next]) regret[next++] += lost / RUNS;
          const i = rule(arm, t, users, uniform, normal);
          arm.n[i]++;
          arm.s[i] += uniform() < rates[i];
          lost += rates[2] - rates[i];
        }
      }
      ends[name] = regret.at(-1).toFixed(0);
      return regret;
    });
    plot([at, ...columns], Object.entries(ends).map(([name, end]) => `${name} lost ${end}`).join(", "));
    show({ ...ends, "always a random arm": ((2 / 3) * gap * users).toFixed(0) });
  }
  draw(values);
}
