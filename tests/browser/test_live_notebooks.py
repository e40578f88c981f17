"""Every notebook that promises it computes in the browser what CPython computed."""

from __future__ import annotations

import ast
import math
import re

import pytest
from evidence import read_evidence
from live_reader import Reader, live_notebooks
from notebook_files import ROOT, read_notebook

RTOL = 1e-6
NUMBER = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?")
# What a cell shows: the recorded outputs before it is run, its own afterwards.
OUTPUTS = """() => Object.fromEntries([...document.querySelectorAll("section.cell")]
  .map((cell) => [cell.id.replace("cell-", ""), {
    state: cell.dataset.liveState ?? "",
    texts: [...cell.querySelectorAll(".output pre, .output td, .output th")]
      .map((element) => element.textContent.trim()).filter(Boolean),
    figures: cell.querySelectorAll(".output img.only-light").length,
  }]))"""


def differences(expected: str, found: str) -> str:
    """How the numbers or the words of two texts differ; '' when they do not."""
    words = ["".join(NUMBER.sub("#", text).split()) for text in (expected, found)]
    if words[0] != words[1]:
        return f"expected {expected!r}, found {found!r}"
    pairs = zip(NUMBER.findall(expected), NUMBER.findall(found), strict=True)
    far = [(a, b) for a, b in pairs if not _close(float(a), float(b))]
    return f"numbers differ: {far[:5]}" if far else ""


def _close(a: float, b: float) -> bool:
    # The second bound is for what is zero but for rounding.
    return math.isclose(a, b, rel_tol=RTOL, abs_tol=1e-9)


def same(expected: object, found: object) -> bool:
    """Whether two results are equal, floats within the tolerance."""
    if isinstance(expected, list | tuple) and isinstance(found, list | tuple):
        return len(expected) == len(found) and all(map(same, expected, found))
    if isinstance(expected, float) and isinstance(found, float):
        return math.isclose(expected, found, rel_tol=RTOL, abs_tol=1e-12)
    return type(expected) is type(found) and expected == found


@pytest.mark.parametrize("path", live_notebooks(), ids=lambda path: path.stem)
def test_the_browser_computes_what_the_build_computed(page, live, path):
    reader = Reader(page, live, path.stem)
    recorded = page.evaluate(OUTPUTS)
    reader.press("Run all")
    reader.wait()
    shown = page.evaluate(OUTPUTS)
    errors = page.locator(".output.error").all_inner_texts()
    assert errors == [], f"{path.stem} is not fit for the browser"
    assert "Done" in reader.status.inner_text()
    assert {id for id, cell in shown.items() if cell["state"] != "ok"} == set()

    faults = {}
    for id, cell in recorded.items():
        fault = differences("\n".join(cell["texts"]), "\n".join(shown[id]["texts"]))
        if cell["figures"] != shown[id]["figures"]:
            fault = f"{shown[id]['figures']} figures instead of {cell['figures']}"
        if fault:
            faults[id] = fault
    executed = ROOT / "build" / "executed" / path.parent.name / path.name
    notebook = read_notebook(executed)
    results_cell = next(
        cell.id for cell in notebook.cells if "results" in cell.metadata.get("tags", [])
    )
    results = read_evidence(path, notebook).results
    found = ast.literal_eval(shown[results_cell]["texts"][0])
    faults |= {
        name: f"{value!r} instead of {results.get(name)!r}"
        for name, value in found.items()
        if not same(results.get(name), value)
    }
    assert found.keys() == results.keys()
    # The results were compared one by one; their text may break its lines elsewhere.
    faults.pop(results_cell, None)
    assert faults == {}
    assert reader.errors == []
    assert reader.foreign() == []
    assert page.evaluate("seen.violations") == []


def test_the_comparison_sees_a_difference():
    assert differences("a 1.0000001 b", "a  1.0\nb") == ""
    assert differences("a 1.00001", "a 1.0") != ""
    assert differences("a 1", "b 1") != ""
    assert same([1, 0.5, "x"], [1, 0.5 + 1e-9, "x"])
    assert not same(1, 1.0)
    assert not same([1.0], [1.0, 2.0])
