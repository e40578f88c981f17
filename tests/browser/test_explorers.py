"""What explorers compute is what the notebooks' exported functions compute."""

import numpy as np
import pytest
from notebook_files import ROOT, load_exports
from page_kinds import EXPLORERS as PAGES
from playwright.sync_api import expect

N = 300
FOLDER = ROOT / "docs" / "assets" / "explorers"
CALL = """async ([name, cases]) => {
  const formulas = await import("ADDRESSassets/explorers/formulas.js");
  return cases.map((arguments_) => formulas[name](...arguments_));
}"""


def labels(rng):
    """Both classes, with ties among rounded scores."""
    n = int(rng.integers(2, 60))
    y = rng.integers(0, 2, n)
    y[:2] = 0, 1
    return y.tolist(), np.round(rng.random(n), int(rng.integers(1, 4))).tolist()


def gains(rng):
    return rng.integers(0, 4, int(rng.integers(1, 12))).tolist()


def sample(rng):
    return np.round(rng.normal(size=int(rng.integers(1, 80))), 2).tolist()


def ranked(rng):
    relevance = rng.integers(0, 2, int(rng.integers(1, 12))).tolist()
    return relevance, int(rng.integers(1, 15)), sum(relevance) + int(rng.integers(0, 3))


def queue(rng):
    servers = int(rng.integers(1, 40))
    service = float(rng.uniform(0.1, 50))
    load = float(rng.uniform(0.01, 0.99))
    return load * servers * service, service, servers, float(rng.uniform(0, 0.9999))


def arms(rng):
    n = int(rng.integers(1, 6))
    counts = rng.integers(0, 20, n).tolist()
    return counts, rng.random(n).tolist(), int(rng.integers(1, 500))


# Function in the page: notebook, function there, how its arguments are drawn.
CASES = {
    "confusionCounts": (
        "classification-metrics",
        "confusion_counts",
        lambda rng: [rng.integers(0, 2, 9).tolist(), rng.integers(0, 2, 9).tolist()],
    ),
    "precisionRecallF1": (
        "classification-metrics",
        "precision_recall_f1",
        lambda rng: [rng.integers(0, 2, 9).tolist(), rng.integers(0, 2, 9).tolist()],
    ),
    "rocAuc": ("classification-metrics", "roc_auc", labels),
    "averagePrecision": ("classification-metrics", "average_precision", labels),
    "expectedCalibrationError": (
        "calibration",
        "expected_calibration_error",
        lambda rng: [*labels(rng), int(rng.integers(1, 30))],
    ),
    "brierDecomposition": (
        "calibration",
        "brier_decomposition",
        lambda rng: [*labels(rng), int(rng.integers(1, 30))],
    ),
    "dcgAtK": (
        "ranking-metrics",
        "dcg_at_k",
        lambda rng: [gains(rng), int(rng.integers(1, 15))],
    ),
    "ndcgAtK": (
        "ranking-metrics",
        "ndcg_at_k",
        lambda rng: [gains(rng), int(rng.integers(1, 15))],
    ),
    "averagePrecisionAtK": ("ranking-metrics", "average_precision_at_k", ranked),
    "reciprocalRank": (
        "ranking-metrics",
        "reciprocal_rank",
        lambda rng: [ranked(rng)[0]],
    ),
    "sampleSizeTwoProportions": (
        "ab-test-design",
        "sample_size_two_proportions",
        lambda rng: [
            float(rng.uniform(0.001, 0.6)),
            float(rng.uniform(0.001, 0.3)),
            float(rng.uniform(0.001, 0.2)),
            float(rng.uniform(0.3, 0.99)),
        ],
    ),
    "msprtPValues": (
        "peeking-and-sequential-tests",
        "msprt_p_values",
        lambda rng: [
            rng.normal(rng.normal(), 1, int(rng.integers(1, 40))).tolist(),
            float(rng.uniform(0.1, 9)),
            float(rng.uniform(0.01, 9)),
        ],
    ),
    "ucb1": ("bandits", "ucb1", arms),
    "populationStabilityIndex": (
        "drift-detection",
        "population_stability_index",
        lambda rng: [sample(rng), sample(rng), int(rng.integers(1, 15))],
    ),
    "ksStatistic": (
        "drift-detection",
        "ks_statistic",
        lambda rng: [sample(rng), sample(rng)],
    ),
    "peakQps": (
        "requirements-to-numbers",
        "peak_qps",
        lambda rng: rng.uniform(1, 1e6, 3).tolist(),
    ),
    "serialAvailability": (
        "request-path-simulation",
        "serial_availability",
        lambda rng: [rng.random(int(rng.integers(1, 9))).tolist()],
    ),
    "mmcWaitQuantile": ("request-path-simulation", "mmc_wait_quantile", queue),
    "correctDownsampledProbability": (
        "natural-labels-and-negative-sampling",
        "correct_downsampled_probability",
        lambda rng: rng.uniform(0.001, 1, 2).tolist(),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_formula_equals_its_notebook(page, address, name):
    slug, export, draw = CASES[name]
    function = getattr(load_exports(slug), export)
    rng = np.random.default_rng(0)
    cases = [list(draw(rng)) for _ in range(N)]
    page.goto(f"{address}404.html")
    found = page.evaluate(CALL.replace("ADDRESS", address), [name, cases])
    for arguments, value in zip(cases, found, strict=True):
        expected = np.asarray(function(*arguments), dtype=float)
        assert np.allclose(value, expected, rtol=1e-9, atol=1e-12), (arguments, value)


def test_the_normal_distribution_is_exact(page, address):
    from scipy.stats import norm

    z = np.linspace(-9, 9, 721).tolist()
    page.goto(f"{address}404.html")
    call = CALL.replace("ADDRESS", address)
    found = page.evaluate(call, ["normalCdf", [[value] for value in z]])
    assert np.allclose(found, norm.cdf(z), rtol=1e-12, atol=1e-300)
    # Near 1 a double has too few digits left to tell z from it.
    q = norm.cdf(np.linspace(-8, 4, 61)).tolist()
    found = page.evaluate(call, ["normalQuantile", [[value] for value in q]])
    assert np.allclose(found, norm.ppf(q), rtol=1e-9, atol=1e-9)


def test_draws_follow_their_distributions(page, address):
    from scipy.stats import gamma, kstest, norm, uniform

    page.goto(f"{address}404.html")
    draws = page.evaluate(
        f"""async () => {{
          const f = await import("{address}assets/explorers/formulas.js");
          const u = f.random(1), z = f.normals(2), n = Array(2000).fill(0);
          return [n.map(u), n.map(z), n.map(() => f.gamma(2.5, u, z))];
        }}"""
    )
    for values, law in zip(draws, (uniform, norm, gamma(2.5)), strict=True):
        assert kstest(values, law.cdf).pvalue > 1e-4


def test_thompson_chooses_as_often_as_its_notebook(page, address):
    choose = load_exports("bandits").thompson_bernoulli
    rng, n = np.random.default_rng(0), 4000
    cases = [[[0, 0, 0], [0, 0, 0]], [[3, 5, 1], [7, 6, 2]], [[40, 52], [960, 948]]]
    page.goto(f"{address}404.html")
    found = page.evaluate(
        f"""async ([cases, n]) => {{
          const f = await import("{address}assets/explorers/formulas.js");
          const u = f.random(3), z = f.normals(4), draws = Array(n).fill(0);
          return cases.map((c) => draws.map(() => f.thompsonBernoulli(...c, u, z)));
        }}""",
        [cases, n],
    )
    for case, arms_found in zip(cases, found, strict=True):
        expected = [choose(*case, rng) for _ in range(n)]
        size = len(case[0])
        shares = [np.bincount(a, minlength=size) / n for a in (arms_found, expected)]
        assert np.abs(shares[0] - shares[1]).max() < 4 * np.sqrt(0.5 / n), case


def test_there_are_ten_and_each_is_on_its_page():
    helpers = {"formulas", "kit", "main", "uplot"}
    assert {file.stem for file in FOLDER.glob("*.js")} - helpers == set(PAGES)
    assert len(PAGES) >= 10


def figure(page, address, name):
    page.goto(address + PAGES[name])
    found = page.locator(f'.explorer[data-explorer="{name}"]')
    found.scroll_into_view_if_needed()
    expect(found.locator(".explorer-body")).not_to_be_empty()
    return found


@pytest.mark.parametrize("name", sorted(set(PAGES) - {"ndcg"}))
@pytest.mark.parametrize("width", [320, 1280])
def test_a_slider_moved_by_keyboard_changes_the_numbers(page, address, name, width):
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type != "log" else None)
    page.set_viewport_size({"width": width, "height": 800})
    explorer = figure(page, address, name)
    numbers = explorer.locator("[role=status]").last
    before = numbers.inner_text()
    slider = explorer.get_by_role("slider").first
    slider.focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    assert numbers.inner_text() != before
    if explorer.get_by_role("img").count():
        assert explorer.get_by_role("img").get_attribute("aria-label")
        assert explorer.locator("canvas").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert errors == []


@pytest.mark.parametrize("width", [390, 1280])
def test_an_explorer_starts_in_the_room_that_was_kept_for_it(page, address, width):
    page.set_viewport_size({"width": width, "height": 800})
    grown = {}
    for name, uri in PAGES.items():
        page.goto(address + uri)
        explorer = page.locator(f'.explorer[data-explorer="{name}"]')
        before = explorer.bounding_box()["height"]
        figure(page, address, name)
        if abs(explorer.bounding_box()["height"] - before) > 40:  # two lines
            grown[name] = before
    assert grown == {}


def test_results_are_ranked_by_keyboard_and_by_dragging(page, address):
    explorer = figure(page, address, "ndcg")
    ndcg = explorer.locator("dd").first
    before = float(ndcg.inner_text())
    up = explorer.get_by_label("Move up: The maker's page")
    for _ in range(4):
        up.press("Enter")
    assert float(ndcg.inner_text()) > before
    expect(explorer.locator(".quiz-moved")).to_have_text("The maker's page: now rank 2")
    items = explorer.locator("li")
    items.nth(0).drag_to(items.nth(5))
    assert float(ndcg.inner_text()) < 1


def test_nothing_loads_before_the_reader_comes_near(page, address):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}steps/metrics/", wait_until="networkidle")
    assert not [url for url in asked if "uplot" in url or "formulas" in url]


def test_without_javascript_the_caption_leads_to_the_notebook(new_context, address):
    page = new_context(java_script_enabled=False).new_page()
    for name, uri in PAGES.items():
        page.goto(address + uri)
        caption = page.locator(f'.explorer[data-explorer="{name}"] figcaption')
        expect(caption).to_be_visible()
        link = caption.get_by_role("link").last
        assert "/notebooks/" in link.get_attribute("href")


def test_all_formulas_are_held_against_a_notebook():
    source = (FOLDER / "formulas.js").read_text("utf-8")
    exported = set()
    for line in source.splitlines():
        if line.startswith("export "):
            exported.add(line.split()[2].split("(")[0])
    own = {"normalCdf", "normalPdf", "normalQuantile", "random", "normals", "gamma"}
    own |= {"tiedGroups", "reliabilityBins", "quantile"}  # parts of those tested
    own |= {"thompsonBernoulli"}  # a draw: its shares are held against the notebook's
    assert exported - own == set(CASES)
