"""substitute() replaces in prose and never in code; did_you_mean() finds near names."""

import re

import pytest
from markdown_text import did_you_mean, substitute

X = re.compile(r"\{\{ (\w+) \}\}")


def replaced(markdown: str, first_line: int = 1) -> tuple[str, list[tuple[str, int]]]:
    seen = []

    def replace(match: re.Match[str], line: int) -> str:
        seen.append((match[1], line))
        return match[1].upper()

    return substitute(markdown, X, replace, first_line), seen


def test_prose_is_replaced_and_the_callback_gets_the_line():
    text, seen = replaced("a {{ one }}{{ two }}\n\n> b {{ three }}\n")
    assert text == "a ONETWO\n\n> b THREE\n"
    assert seen == [("one", 1), ("two", 1), ("three", 3)]


def test_lines_count_from_first_line():
    assert replaced("a\n{{ one }}", first_line=5)[1] == [("one", 6)]


@pytest.mark.parametrize(
    "code",
    [
        "```\n{{ one }}\n```",
        "~~~\n{{ one }}\n~~~",
        '```python title="x"\n{{ one }}\n```',
        "````\n```\n{{ one }}\n```\n````",
        "~~~\n```\n{{ one }}\n~~~",
        "- item\n\n    ```\n    a\n\n    {{ one }}\n    ```",
        "- ~~~\n  {{ one }}\n  ~~~",
        "1. ~~~\n   {{ one }}\n   ~~~",
        "> ~~~\n> {{ one }}\n> ~~~",
        "```\na\n\n{{ one }}\n```  ",
        "`{{ one }}`",
        "``a ` {{ one }}``",
        "`a\n{{ one }} b`",
        "<!-- {{ one }} -->",
        "\\{{ one }}",
    ],
)
def test_code_comments_and_escapes_are_left_alone(code):
    assert replaced(f"{code}\n{{{{ two }}}}") == (
        f"{code}\nTWO",
        [("two", code.count("\n") + 2)],
    )


def test_a_fence_that_is_not_closed_runs_to_the_end():
    assert replaced("```\na\n{{ one }}\n")[1] == []


@pytest.mark.parametrize(
    "prose",
    [
        "a lone ` and {{ one }}",
        "`` a ` {{ one }}",
        "a ` b\n\n{{ one }} c ` d",
        "an escaped \\` {{ one }} \\`",
        "`a` {{ one }} `b`",
        "```a``` {{ one }} ```b```",
        "a ~~~ {{ one }}",
        "\\\\{{ one }}",
    ],
)
def test_what_only_looks_like_code_is_replaced(prose):
    assert replaced(prose)[0] == prose.replace("{{ one }}", "ONE")


def test_a_match_may_hold_a_code_span():
    text = substitute(
        "{{ a | `b` c }} `{{ d }}`", re.compile(r"\{\{.*?\}\}"), lambda match, _: "X"
    )
    assert text == "X `{{ d }}`"


def test_a_match_that_starts_with_the_code_is_left_alone():
    assert substitute("`a` a", re.compile("`?a`?"), lambda match, _: "X") == "`a` X"


def test_line_anchors_see_the_whole_text():
    """`^` must not match after a code span in the middle of a line."""
    line = re.compile(r"^\{\{ \w+ \}\}$", re.MULTILINE)
    text = substitute("`a`{{ b }}\n{{ c }}\n{{ d }}`a`", line, lambda match, _: "X")
    assert text == "`a`{{ b }}\nX\n{{ d }}`a`"


def test_did_you_mean_names_near_matches_only():
    known = {"guo2017calibration", "fawcett2006introduction"}
    assert did_you_mean("guo2017calibrations", known) == (
        "; did you mean guo2017calibration?"
    )
    assert did_you_mean("zzz", known) == ""
