r"""LaTeX in Markdown to MathML, at build time: no script, no font, no third party.

`$...$` and `$$...$$` are taken out before Markdown sees them and put back as MathML
into the HTML, so that neither Markdown's emphasis nor a notebook's renderer can
touch them. A dollar sign is written `\$`.
"""

from __future__ import annotations

import re

from markdown import Extension, Markdown
from markdown_text import substitute
from math_core import LatexError, LatexToMathML

MATH = re.compile(
    r"\$\$(?P<block>.+?)\$\$"
    r"|(?<![\w$])\$(?=[^\s$])(?P<inline>[^$\n]*?[^\s$\\])\$(?![\w$])",
    re.DOTALL,
)
HELD = re.compile(r"<p>\s*MATHML(\d+)LMHTAM\s*</p>|MATHML(\d+)LMHTAM")

_converter = LatexToMathML(annotation=False, fancy_error=False)


class EscapedDollar(Extension):
    r"""Lets Markdown read `\$` as a dollar sign, which it does not by itself."""

    def extendMarkdown(self, md: Markdown) -> None:
        md.ESCAPED_CHARS.append("$")


def extract(
    markdown: str, where: str, first_line: int = 1, first_number: int = 0
) -> tuple[str, list[str]]:
    """Markdown with its math replaced by tokens, and the MathML of each token.

    Tokens are numbered from `first_number`, for pages made of several texts.

    Raises ValueError naming `where`, the line and the formula that is not LaTeX.
    """
    mathml: list[str] = []

    def hold(match: re.Match, line: int) -> str:
        block = match["block"] is not None
        latex = match["block"] if block else match["inline"]
        try:
            mathml.append(
                _converter.convert_with_local_state(latex.strip(), displaystyle=block)
            )
        except LatexError as error:
            raise ValueError(f"{where}:{line}: ${latex.strip()}$: {error}") from None
        return f"MATHML{first_number + len(mathml) - 1}LMHTAM"

    return substitute(markdown, MATH, hold, first_line), mathml


def restore(html: str, mathml: list[str]) -> str:
    """The HTML with each token replaced by its MathML."""

    def put_back(match: re.Match) -> str:
        alone, inline = match.groups()
        formula = mathml[int(alone or inline)]
        if 'display="block"' in formula:
            return f'<div class="math" tabindex="0">{formula}</div>'
        return f"<p>{formula}</p>" if alone else formula

    return HELD.sub(put_back, html)
