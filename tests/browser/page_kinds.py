"""The kinds of pages, one of each of which is looked at closely."""

from __future__ import annotations

from pathlib import Path

# By kind: an address, or a pattern whose largest page is taken.
PATTERNS = {
    "home": "",
    "step": "steps/*",
    "part": "steps/*/*",
    "notebook": "notebooks/*/*",
    "concepts": "reference/concepts/",
    "interview": "practice/interview/",
    "bank": "practice/questions/",
    "cards": "practice/cards/",
    "cheat sheet": "practice/cheat-sheet/",
    "bibliography": "reference/bibliography/",
    "missing": "no/such/page/",
}
KINDS = list(PATTERNS)
# By explorer: the page that it is on.
EXPLORERS = {
    "threshold": "steps/metrics/",
    "roc-pr": "steps/metrics/",
    "ndcg": "steps/metrics/",
    "calibration": "steps/model-development/evaluation/",
    "negative-sampling": "steps/data/",
    "sample-size": "steps/online-testing/",
    "peeking": "steps/online-testing/",
    "bandit": "steps/online-testing/bandits/",
    "drift": "steps/scaling-monitoring-updates/drift-detection/",
    "ann": "steps/prediction-service/nearest-neighbours/",
    "capacity": "steps/architecture/",
}


def addresses(site: Path) -> dict[str, str]:
    """The address of one page of each kind within the site."""
    return {kind: _largest(site, pattern) for kind, pattern in PATTERNS.items()}


def _largest(site: Path, pattern: str) -> str:
    if "*" not in pattern:
        return pattern
    pages = site.glob(f"{pattern}/index.html")
    page = max(pages, key=lambda path: path.stat().st_size)
    return page.parent.relative_to(site).as_posix() + "/"
