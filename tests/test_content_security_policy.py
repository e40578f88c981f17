"""Each page's policy lets its own inline scripts run, and nothing else."""

import base64
import hashlib
import re

import pytest
from content_security_policy import add_policy

PAGE = '<html><head><meta charset="utf-8"><title>a</title></head><body>{}</body></html>'


def policy(html):
    return re.search(r'Security-Policy" content="([^"]*)"', add_policy(html))[1]


def source(text):
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def test_the_policy_comes_before_all_that_it_governs():
    html = add_policy(PAGE.format(""))
    assert html.startswith(
        '<html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy"'
    )


def test_nothing_inline_and_nothing_foreign_is_allowed():
    text = policy(PAGE.format(""))
    assert text.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in text
    assert "http" not in text
    assert "*" not in text


def test_an_inline_script_is_allowed_by_its_hash():
    html = PAGE.format("<script>go()</script><style>a {}</style>")
    assert f"script-src 'self' {source('go()')};" in policy(html)
    assert f"style-src 'self' {source('a {}')};" in policy(html)


def test_the_same_script_twice_is_one_hash():
    html = PAGE.format("<script>go()</script><script>go()</script>")
    assert policy(html).count("sha256") == 1


@pytest.mark.parametrize(
    "script",
    ['<script src="a.js"></script>', '<script type="application/json">{}</script>'],
)
def test_what_is_not_run_inline_needs_no_hash(script):
    assert "sha256" not in policy(PAGE.format(script))


def test_a_page_without_charset_is_refused():
    with pytest.raises(ValueError, match="no <meta charset"):
        add_policy("<html><head></head></html>")
