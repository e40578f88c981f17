"""LaTeX becomes MathML, prices stay prices, and a wrong formula names its line."""

import math_html
import pytest
from markdown import markdown
from notebook_page import style_attributes_to_classes


def convert(markdown):
    text, mathml = math_html.extract(markdown, "docs/a.md")
    return text, mathml


@pytest.mark.parametrize(
    ("markdown", "count"),
    [
        ("the $a_b$ and $x$", 2),
        ("$$\n\\frac{1}{n}\n$$", 1),
        ("between $1$-$2$", 2),
        ("it costs $5 or $6", 0),
        (r"\$a\$", 0),
        ("`$a$` and\n\n```\n$b$\n```", 0),
        ("US$5 and A$6", 0),
        ("from $5/$6 on", 0),
        ("in Perl a$b$ is", 0),
        ("$ a $", 0),
    ],
)
def test_what_is_math_and_what_is_money(markdown, count):
    text, mathml = convert(markdown)
    assert len(mathml) == count
    assert ("$" in text) == (count == 0)


def test_math_comes_back_as_mathml_where_it_stood():
    text, mathml = convert("the $a_b$ and $x$")
    html = math_html.restore(f"<p>{text}</p>", mathml)
    assert html.startswith("<p>the <math><msub><mi>a</mi><mi>b</mi></msub></math> and")
    assert "MATHML" not in html


def test_markdown_cannot_touch_a_formula():
    text, mathml = convert("$a_1$ and $b_2*c*d$")
    assert "_" not in text
    assert "*" not in text


def test_a_block_formula_scrolls_in_itself_and_stands_in_no_paragraph():
    text, mathml = convert("$$x^2$$")
    html = math_html.restore(f"<p>{text}</p>", mathml)
    assert html.startswith('<div class="math" tabindex="0"><math display="block"')
    assert "<p>" not in html


def test_an_inline_formula_alone_keeps_its_paragraph():
    text, mathml = convert("$x$")
    assert math_html.restore(f"<p>{text}</p>", mathml).startswith("<p><math>")


def test_numbers_go_on_over_the_texts_of_one_page():
    first, one = math_html.extract("$a$", "a")
    second, two = math_html.extract("$b$", "a", first_number=len(one))
    html = math_html.restore(f"{second} {first}", one + two)
    assert html.index("<mi>b</mi>") < html.index("<mi>a</mi>")


def test_an_escaped_dollar_is_shown_without_its_backslash():
    text = convert(r"from \$2 to \$4.11")[0]
    html = markdown(text, extensions=[math_html.EscapedDollar()])
    assert html == "<p>from $2 to $4.11</p>"


def test_what_is_not_latex_names_file_line_and_formula():
    with pytest.raises(ValueError, match=r"docs/a.md:9: \$\\frac\{1\$: "):
        math_html.extract("One.\n\n$\\frac{1$", "docs/a.md", first_line=7)


@pytest.mark.parametrize(
    "latex",
    [
        r"\begin{cases} a & b \\ c & d \end{cases}",
        r"\begin{aligned} a &= b \\ c &= d \end{aligned}",
        r"\begin{pmatrix} a & b \end{pmatrix}",
        r"\mathbb{E}[x] = \sum_{i=1}^{n} \hat{y}_i \, \log p",
    ],
)
def test_a_formula_holds_no_inline_style(latex):
    _, mathml = convert(f"$${latex}$$")
    assert 'style="' not in style_attributes_to_classes(mathml[0]).replace(
        'displaystyle="', ""
    )
