"""Every page of the site works: no error, nothing blocked, nothing foreign, fits."""

import browser
import content_security_policy
import pytest


@pytest.fixture(scope="module")
def visited(visit, address, uris):
    return visit(address, uris)


def faults(visited, of):
    """The pages that have a fault, with it."""
    return {seen.address: fault for seen in visited if (fault := of(seen))}


def test_no_page_has_an_error_in_the_console(visited):
    assert faults(visited, lambda seen: seen.errors) == {}


def test_no_page_does_what_its_policy_forbids(visited):
    assert faults(visited, lambda seen: seen.violations) == {}


def test_no_page_fetches_anything_from_elsewhere(visited, address):
    assert faults(visited, lambda seen: seen.foreign(address)) == {}


def test_no_page_is_wider_than_a_phone(visited):
    assert faults(visited, lambda seen: seen.width > 320 and seen.wide) == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_figure_shows_in_the_version_of_the_colour_scheme(visited, scheme):
    def fault(seen):
        versions = [figure.split()[1] for figure in seen.shown[scheme]]
        return versions != [scheme] * seen.figures and seen.shown

    assert sum(seen.figures for seen in visited) > 0
    assert faults(visited, fault) == {}


def test_pages_work_in_a_folder_of_a_host_too(visit, repo_address, kinds):
    # Not the missing page: its absolute links need the address that SITE_URL names.
    uris = [uri for kind, uri in kinds.items() if kind != "missing"]
    visited = visit(repo_address, uris)
    assert faults(visited, lambda seen: seen.errors or seen.violations) == {}
    assert faults(visited, lambda seen: seen.foreign(repo_address)) == {}


BROKEN = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Broken</title>
<link rel="icon" href="data:,">
<style>.wide { width: 600px } .only-dark { display: block }</style></head>
<body><article><img src="https://example.org/a.png" alt="a">
<p class="wide" onclick="a()">wide</p><details><summary>s</summary>
<p class="wide">wider</p></details>
<img class="only-light" src="f/a.svg" alt="a"><img class="only-dark" src="f/a.dark.svg"
alt="a"></article><script>missing.call()</script></body></html>
"""


def test_a_broken_page_is_seen(visit, tmp_path):
    html = content_security_policy.add_policy(BROKEN)
    (tmp_path / "index.html").write_text(html)
    with browser.serve(tmp_path) as address:
        (seen,) = visit(address, [""])
        assert seen.foreign(address) == ["https://example.org/a.png"]
    assert any("missing is not defined" in error for error in seen.errors)
    assert any("img-src blocks https" in violation for violation in seen.violations)
    assert any("script-src-attr blocks" in violation for violation in seen.violations)
    assert seen.width > 600
    assert len(seen.wide) == 2
    assert seen.shown["light"] == ["f/a light", "f/a dark"]
