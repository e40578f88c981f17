"""The simulator's log against its truth, and the three framings written another way."""

import numpy as np
import pytest
from notebook_files import code_cells, find_notebook, read_notebook
from scipy import optimize
from scipy.special import expit

# The cells that define functions, and where each stops defining and starts to use them.
DEFINITIONS = {
    "truth": None,
    "simulate": None,
    "framings": None,
    "ranking": None,
    "offline": None,
    "outcomes": "\nat_random = ",
    "heads": "\ncosts = ",
}


@pytest.fixture(scope="module")
def nb():
    """The notebook's functions, without its runs."""
    notebook = read_notebook(find_notebook("one-problem-three-framings"))
    sources = {cell.id: cell.source for cell in code_cells(notebook)}
    namespace: dict = {"__name__": "notebook"}
    for name, end in DEFINITIONS.items():
        source = (
            sources[name] if end is None else sources[name][: sources[name].index(end)]
        )
        exec(compile(source, name, "exec"), namespace)
    return namespace


def likelihood_optimum(X, y, weight):
    """Coefficients that minimise the weighted log-loss, found without scikit-learn."""
    sign = np.where(y, 1.0, -1.0)

    def loss(w):
        return np.average(np.logaddexp(0, -sign * (X @ w)), weights=weight)

    def gradient(w):
        return -np.average(X.T * sign * expit(-sign * (X @ w)), axis=1, weights=weight)

    found = optimize.minimize(
        loss, np.zeros(X.shape[1]), jac=gradient, tol=1e-10, options={"gtol": 1e-9}
    )
    return found.x


def with_intercept(log):
    X = log["X"].reshape(-1, 3)
    return np.c_[X, np.ones(len(X))]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("keen_see_loud", [0.0, 0.8])
def test_the_log_agrees_with_its_truth(nb, seed, keen_see_loud):
    log = nb["simulate"](4000, np.random.default_rng(seed), keen_see_loud)
    for name in nb["OUTCOMES"]:
        gap = (log[name] - log["truth"][name]).mean(axis=1)  # one value per session
        assert abs(gap.mean()) < 4 * gap.std() / np.sqrt(gap.size), name


def test_outcomes_of_one_video_do_not_contradict_each_other(nb):
    log = nb["simulate"](2000, np.random.default_rng(5))
    clicked, satisfied, hidden = (
        log[name] == 1 for name in ("clicks", "satisfied", "hides")
    )
    assert clicked[satisfied].all() and not (satisfied & hidden).any()
    assert (log["minutes"][~clicked] == 0).all() and (log["minutes"][clicked] > 0).all()
    assert (log["grade"][hidden] == -1).all() and (log["grade"][satisfied] == 2).all()
    assert (log["grade"][clicked & ~satisfied & ~hidden] == 1).all()
    assert (log["grade"][~clicked & ~hidden] == 0).all()


def test_mood_moves_loudness_only_when_asked(nb):
    for keen_see_loud, low, high in [(0.0, -0.05, 0.05), (0.8, 0.3, 0.5)]:
        log = nb["simulate"](4000, np.random.default_rng(6), keen_see_loud)
        first, second = log["X"][:, 0, 1], log["X"][:, 1, 1]
        assert low < np.corrcoef(first, second)[0, 1] < high


@pytest.mark.parametrize("seed", range(3))
def test_classification_maximises_the_likelihood_of_clicks(nb, seed):
    log = nb["simulate"](300, np.random.default_rng(seed))
    want = likelihood_optimum(with_intercept(log), log["clicks"].ravel() == 1, None)
    assert nb["classify"](log) == pytest.approx(want[:3], abs=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_regression_solves_the_normal_equations(nb, seed):
    log = nb["simulate"](300, np.random.default_rng(seed))
    X = with_intercept(log)
    want = np.linalg.solve(X.T @ X, X.T @ log["minutes"].ravel())
    assert nb["regress"](log) == pytest.approx(want[:3], abs=1e-9)


@pytest.mark.parametrize("by_size", [False, True])
@pytest.mark.parametrize("label", ["grade", "clicks", "minutes"])
def test_ranking_is_a_logistic_regression_over_pairs_of_a_session(nb, label, by_size):
    log = nb["simulate"](60, np.random.default_rng(7))
    better, size = [], []
    for X, values in zip(log["X"], log[label], strict=True):
        for i in range(10):
            for j in range(10):
                if values[i] > values[j]:
                    better.append(X[i] - X[j])
                    size.append(values[i] - values[j])
    weight = size if by_size else None
    want = likelihood_optimum(np.array(better), np.ones(len(better), bool), weight)
    got = nb["rank"](log, label, by_size=by_size)
    assert got == pytest.approx(want, abs=1e-3)


def test_outcomes_add_up_the_truth_of_the_three_best(nb):
    log = nb["simulate"](50, np.random.default_rng(8))
    score = np.random.default_rng(9).normal(size=log["clicks"].shape)
    want = {name: 0.0 for name in nb["OUTCOMES"]}
    for session, values in enumerate(score):
        for item in sorted(range(10), key=lambda i: -values[i])[:3]:
            for name in want:
                want[name] += log["truth"][name][session, item] / 50
    assert nb["outcomes"](log, score) == pytest.approx(want)


def test_offline_metrics_are_those_of_the_textbook(nb):
    train, test = (nb["simulate"](400, np.random.default_rng(s)) for s in (10, 11))
    w = np.array([1.0, 0.5, 0.2])
    got = nb["offline"](train, test, w)

    dcg = []
    for X, grade in zip(test["X"], test["grade"], strict=True):
        gains = [3 if g == 2 else 1 if g == 1 else 0 for g in grade]
        order = np.argsort(-(X @ w))
        price = [1, 1 / np.log2(3), 1 / 2]
        ideal = np.dot(sorted(gains, reverse=True)[:3], price)
        if ideal:
            dcg.append(np.dot([gains[i] for i in order[:3]], price) / ideal)
    assert got["nDCG@3"] == pytest.approx(np.mean(dcg), abs=1e-12)

    s_train, s_test = ((log["X"] @ w).ravel() for log in (train, test))
    slope, level = np.polyfit(s_train, train["minutes"].ravel(), 1)
    y = test["minutes"].ravel()
    unexplained = ((y - slope * s_test - level) ** 2).sum() / (
        (y - y.mean()) ** 2
    ).sum()
    assert got["R2 minutes"] == pytest.approx(1 - unexplained, abs=1e-9)

    clicked = train["clicks"].ravel() == 1
    slope, level = likelihood_optimum(
        np.c_[s_train, np.ones_like(s_train)], clicked, None
    )
    p = expit(slope * s_test + level)
    loss = -np.log(np.where(test["clicks"].ravel() == 1, p, 1 - p)).mean()
    assert got["log-loss"] == pytest.approx(loss, abs=1e-5)


def test_a_head_gives_the_probability_of_its_label_for_every_video(nb):
    train, test = (nb["simulate"](3000, np.random.default_rng(s)) for s in (12, 13))
    for label in ("satisfied", "hides"):
        p = nb["head"](train, label)(test["X"])
        assert p.shape == test["clicks"].shape
        assert p.mean() == pytest.approx(test[label].mean(), rel=0.15)
        likely = p > np.quantile(p, 0.9)
        assert test[label][likely].mean() > 2 * test[label].mean()
