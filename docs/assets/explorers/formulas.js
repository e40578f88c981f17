// What the explorers compute: the notebooks' exported functions once more, so that a
// slider answers at once. tests/browser/test_explorers.py holds each against its
// notebook on hundreds of random inputs.
const sum = (values) => values.reduce((a, b) => a + b, 0);
const rangeOf = (n) => Array.from({ length: n }, (_, i) => i);
const order = (keys) => rangeOf(keys.length).sort((a, b) => keys[a] - keys[b]);

// The normal distribution, to the last digits: a series of positive terms in the middle,
// a continued fraction in the tails.
function erfc(x) {
  if (x < 0) return 2 - erfc(-x);
  if (x < 1.5) {
    let term = x, total = x;
    for (let n = 1; term > 1e-18 * total; n++) total += term *= (2 * x * x) / (2 * n + 1);
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
  }
  let fraction = 0;
  for (let n = 300; n > 0; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}
export const normalCdf = (z) => erfc(-z / Math.SQRT2) / 2;
export const normalPdf = (z) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
export function normalQuantile(q) {
  let low = -40, high = 40;
  for (let i = 0; i < 200 && low < high; i++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (normalCdf(middle) < q) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

export function confusionCounts(yTrue, yPred) {
  const count = [[0, 0], [0, 0]];
  yTrue.forEach((y, i) => count[y][yPred[i]]++);
  return [count[1][1], count[0][1], count[1][0], count[0][0]]; // tp, fp, fn, tn
}
export function precisionRecallF1(yTrue, yPred) {
  const [tp, fp, fn] = confusionCounts(yTrue, yPred);
  const ratio = (a, b) => (b ? a / b : 0);
  return [ratio(tp, tp + fp), ratio(tp, tp + fn), ratio(2 * tp, 2 * tp + fp + fn)];
}
// Groups of equal scores, the highest first: [score, positives, all].
export function tiedGroups(yTrue, yScore) {
  const groups = [];
  for (const i of order(yScore).reverse()) {
    if (!groups.length || groups.at(-1)[0] !== yScore[i]) groups.push([yScore[i], 0, 0]);
    groups.at(-1)[1] += yTrue[i];
    groups.at(-1)[2]++;
  }
  return groups;
}
export function rocAuc(yTrue, yScore) {
  const positives = sum(yTrue), negatives = yTrue.length - positives;
  let above = 0, area = 0;
  for (const [, tp, n] of tiedGroups(yTrue, yScore)) {
    area += (n - tp) * (above + tp / 2);
    above += tp;
  }
  return area / positives / negatives;
}
export function averagePrecision(yTrue, yScore) {
  const positives = sum(yTrue);
  let found = 0, seen = 0, total = 0;
  for (const [, tp, n] of tiedGroups(yTrue, yScore)) {
    found += tp;
    seen += n;
    total += (tp / positives) * (found / seen);
  }
  return total;
}

// Bins of equal width that are not empty: [count, mean p, share of positives].
export function reliabilityBins(yTrue, p, nBins = 10) {
  const edges = rangeOf(nBins - 1).map((i) => (i + 1) * (1 / nBins));
  const bins = rangeOf(nBins).map(() => [0, 0, 0]);
  p.forEach((value, i) => {
    const bin = bins[edges.filter((edge) => edge < value).length];
    bin[0]++;
    bin[1] += value;
    bin[2] += yTrue[i];
  });
  return bins.filter(([n]) => n).map(([n, total, positives]) => [n, total / n, positives / n]);
}
export function expectedCalibrationError(yTrue, p, nBins = 10) {
  return sum(reliabilityBins(yTrue, p, nBins).map(([n, mean, rate]) => n * Math.abs(mean - rate))) / p.length;
}
export function brierDecomposition(yTrue, p, nBins = 10) {
  const bins = reliabilityBins(yTrue, p, nBins), n = p.length, base = sum(yTrue) / n;
  return [
    sum(bins.map(([m, mean, rate]) => (m / n) * (mean - rate) ** 2)),
    sum(bins.map(([m, , rate]) => (m / n) * (rate - base) ** 2)),
    base * (1 - base),
  ];
}

export const dcgAtK = (gains, k) => sum(gains.slice(0, k).map((gain, i) => gain / Math.log2(i + 2)));
export function ndcgAtK(gains, k) {
  const ideal = dcgAtK([...gains].sort((a, b) => b - a), k);
  return ideal ? dcgAtK(gains, k) / ideal : 0;
}
export function averagePrecisionAtK(relevance, k, nRelevant) {
  let hits = 0, total = 0;
  relevance.slice(0, k).forEach((relevant, i) => { if (relevant) total += ++hits / (i + 1); });
  return nRelevant ? total / Math.min(k, nRelevant) : 0;
}
export function reciprocalRank(relevance) {
  const first = relevance.findIndex(Boolean);
  return first < 0 ? 0 : 1 / (first + 1);
}

export function sampleSizeTwoProportions(pControl, effect, alpha = 0.05, power = 0.8) {
  const treated = pControl + effect;
  const variance = pControl * (1 - pControl) + treated * (1 - treated);
  const errors = normalQuantile(1 - alpha / 2) + normalQuantile(power);
  return Math.max(1, Math.ceil((errors ** 2 * variance) / effect ** 2));
}
export function msprtPValues(differences, variance, tau2) {
  let total = 0, most = 0;
  return differences.map((x, i) => {
    total += x;
    const spread = variance + (i + 1) * tau2;
    const logRatio = (tau2 * total ** 2) / (2 * variance * spread) + (Math.log(variance) - Math.log(spread)) / 2;
    most = Math.max(most, logRatio);
    return Math.exp(-most);
  });
}
export function ucb1(counts, means, t) {
  const fresh = counts.findIndex((n) => n === 0);
  if (fresh >= 0) return fresh;
  const bounds = means.map((mean, i) => mean + Math.sqrt((2 * Math.log(t)) / counts[i]));
  return bounds.indexOf(Math.max(...bounds));
}
// The arm whose draw from its posterior, Beta(1 + successes, 1 + failures), is the highest.
export function thompsonBernoulli(successes, failures, uniform, normal) {
  const draws = successes.map((n, i) => {
    const a = gamma(1 + n, uniform, normal), b = gamma(1 + failures[i], uniform, normal);
    return a / (a + b);
  });
  return draws.indexOf(Math.max(...draws));
}

// As numpy's: linear between the order statistics.
export function quantile(sorted, q) {
  const place = (sorted.length - 1) * q, low = Math.floor(place), t = place - low;
  const a = sorted[low], b = sorted[Math.min(low + 1, sorted.length - 1)];
  return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}
export function populationStabilityIndex(expected, actual, nBins = 10) {
  const sorted = [...expected].sort((a, b) => a - b);
  const edges = rangeOf(nBins - 1).map((i) => quantile(sorted, (i + 1) * (1 / nBins)));
  const shares = (sample) => {
    const counts = rangeOf(nBins).map(() => 0);
    for (const value of sample) counts[edges.filter((edge) => edge <= value).length]++;
    return counts.map((n) => Math.max(n / sample.length, 1e-4));
  };
  const e = shares(expected), a = shares(actual);
  return sum(e.map((share, i) => (a[i] - share) * Math.log(a[i] / share)));
}
export function ksStatistic(a, b) {
  const x = [...a].sort((p, q) => p - q), y = [...b].sort((p, q) => p - q);
  let i = 0, j = 0, most = 0;
  while (i < x.length && j < y.length) {
    const value = Math.min(x[i], y[j]);
    while (x[i] === value) i++;
    while (y[j] === value) j++;
    most = Math.max(most, Math.abs(i / x.length - j / y.length));
  }
  return most;
}

export const peakQps = (users, requests, peakToMean = 3) => (users * requests * peakToMean) / 86400;
export const serialAvailability = (parts) => parts.reduce((a, b) => a * b, 1);
export function mmcWaitQuantile(arrivalRate, serviceRate, servers, q) {
  const spare = servers * serviceRate - arrivalRate;
  if (spare <= 0) return Infinity;
  const offered = arrivalRate / serviceRate;
  let lost = 1;
  for (let n = 1; n <= servers; n++) lost = (offered * lost) / (n + offered * lost);
  const delayed = lost / (1 - (offered / servers) * (1 - lost));
  return delayed <= 1 - q ? 0 : Math.log(delayed / (1 - q)) / spare;
}
export const correctDownsampledProbability = (p, rate) => p / (p + (1 - p) / rate);

// Numbers that look random and are the same each time: mulberry32, and normal ones of it.
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
export function normals(seed) {
  const draw = random(seed);
  return () => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}
// One draw of a Gamma(shape) with shape >= 1: Marsaglia and Tsang (2000).
export function gamma(shape, uniform, normal) {
  const d = shape - 1 / 3, c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(), v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - uniform()) < x * x / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}
