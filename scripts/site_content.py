"""What one build of the site knows: notebooks, evidence, concepts, references."""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path

import architecture
import bibliography
import concepts
import math_html
import nbformat
import notebook_page
from evidence import Binder, Evidence, read_evidence
from figures import Figure
from markdown_text import substitute
from mkdocs.utils import get_relative_url
from notebook_files import ROOT, code_cells
from remembered import remembered
from steps import of_step

BIBLIOGRAPHY = "reference/bibliography.md"
MARKER = re.compile(
    r"^\{\{ (questions|bibliography|architecture|glossary|bank|minutes) \}\}$",
    re.MULTILINE,
)
EXPLORER = re.compile(
    r"^\{\{ explorer (?P<name>[a-z-]+)(?: (?P<slug>[a-z-]+))?"
    r" \| (?P<caption>.+?) \}\}$",
    re.MULTILINE,
)
EXPLORERS = ROOT / "docs" / "assets" / "explorers"
# Filled when every page is rendered.
GLOSSARY_HERE = '<div class="glossary"></div>'
BANK_HERE = '<div class="bank"></div>'
MINUTES_HERE = '<div class="minutes"></div>'
ANCHOR = re.compile(r"^#+ .*\{ #(?P<id>[\w-]+)[^}]*\}$", re.MULTILINE)
LINK = re.compile(r"(?<=\]\()(?P<path>\.{0,2}/?[\w./-]+\.(?:md|ipynb))(?=[)\s#])")


@dataclass(frozen=True)
class Notebook:
    """One notebook of the site: its file, its executed cells and its last run."""

    path: Path
    executed: nbformat.NotebookNode
    run: dict | None

    @property
    def uri(self) -> str:
        """The address of its source within the site."""
        return notebook_uri(self.path)

    @property
    def facts(self) -> dict:
        """What the notebook says of itself: runtime, minutes, summary."""
        return dict(self.executed.metadata.get("site", {}))


@dataclass
class Content:
    """The sources of one build, and how they become pages.

    Addresses (`uri`) are those of sources within the site: `steps/metrics.md`,
    `notebooks/metrics/ranking-metrics.ipynb`. In the repository pages live in docs/
    and notebooks beside it, and links are written so that they work there.
    """

    lenient: bool = False
    notebooks: dict[str, Notebook] = field(default_factory=dict)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    references: dict = field(default_factory=dict)
    concepts: dict = field(default_factory=dict)
    math: dict[str, list[str]] = field(default_factory=dict)

    def load(self, paths: list[Path], executed: Path) -> None:
        """Reads every source anew, so that live reload shows what is there now."""
        self.math = {}
        self.notebooks = {}
        for path in paths:
            copy = executed / path.parent.name / path.name
            run = copy.with_suffix(".run.json")
            facts = json.loads(run.read_text()) if run.exists() else None
            content = nbformat.from_dict(json.loads(copy.read_bytes()))
            notebook = Notebook(path, content, facts)
            self.notebooks[notebook.uri] = notebook
        self.evidence = {
            notebook.path.stem: read_evidence(notebook.path, notebook.executed)
            for notebook in self.notebooks.values()
        }
        self._load_docs()

    def preview(self, evidence: dict[str, Evidence]) -> None:
        """Reads the pages' sources, with what an earlier build found in notebooks."""
        self.math, self.evidence = {}, evidence
        self._load_docs()

    def _load_docs(self) -> None:
        self.references = remembered(
            "references", [bibliography.REFERENCES], bibliography.load_bibliography
        )
        loaded = remembered(
            "concepts", concepts.CONCEPTS.glob("*"), concepts.load_concepts
        )
        self.concepts = {entry.step: entry for entry in loaded}

    def figures(self) -> dict[str, Figure]:
        """Every figure by its address without suffix."""
        return {
            figure_uri(notebook.path.stem, name): figure
            for notebook in self.notebooks.values()
            for cell in code_cells(notebook.executed)
            for name, figure in notebook_page.figures(cell).items()
        }

    def page(self, source: str, uri: str, first_line: int) -> str:
        """A page's Markdown with what the build knows put in."""

        def fill(match: re.Match, line: int) -> str:
            if match[1] == "bibliography":
                return bibliography.render(self.references)
            if match[1] == "glossary":
                return GLOSSARY_HERE
            if match[1] == "bank":
                return BANK_HERE
            if match[1] == "minutes":
                return MINUTES_HERE
            if match[1] == "architecture":
                try:
                    return architecture.render(Path(uri).stem)
                except ValueError as error:
                    raise ValueError(f"docs/{uri}:{line}: {error}") from None
            step = self.concepts.get(of_step(uri))
            if step is None:
                raise ValueError(
                    f"docs/{uri}:{line}: no docs/concepts/{of_step(uri)}.yml "
                    "to take the questions from"
                )
            here = set(ANCHOR.findall(source))
            asked = [entry for entry in step.questions if entry["anchor"] in here]
            if not asked:
                raise ValueError(
                    f"docs/{uri}:{line}: no question of docs/concepts/{step.step}.yml "
                    "has its anchor on this page"
                )
            return concepts.render_questions(replace(step, questions=asked))

        binder = Binder(
            self.evidence,
            where=f"docs/{uri}",
            notebook_link=lambda slug: self._notebook_link(slug, uri),
            figure_url=lambda slug, name: relative_url(figure_uri(slug, name), uri),
            first_line=first_line,
            lenient=self.lenient,
        )

        def explore(match: re.Match, line: int) -> str:
            where = f"docs/{uri}:{line}"
            return self._explorer(match["name"], match["slug"], match["caption"], where)

        source = substitute(source, MARKER, fill, first_line)
        source = substitute(source, EXPLORER, explore, first_line)
        source = binder.bind(source)
        source = substitute(
            source, LINK, lambda m, _: relative_path(site_uri(m["path"], uri), uri)
        )
        source = self._cite(source, uri, f"docs/{uri}", first_line)
        source, self.math[uri] = math_html.extract(source, f"docs/{uri}", first_line)
        return source

    def _explorer(self, name: str, slug: str | None, caption: str, where: str) -> str:
        """A figure that its script fills; without the script its caption stands alone.

        The results of the notebook `slug`, if there is one, are given to the script.
        """
        if not (EXPLORERS / f"{name}.js").exists():
            raise ValueError(f"{where}: no docs/assets/explorers/{name}.js")
        results = ""
        if slug:
            if slug not in self.evidence:
                raise ValueError(f"{where}: no notebook has the slug {slug!r}")
            found = json.dumps(self.evidence[slug].results)
            results = f' data-results="{escape(found)}"'
        return (
            f'<figure class="explorer" data-explorer="{name}"{results} markdown="span">'
            f'<figcaption markdown="span">{caption}</figcaption></figure>'
        )

    def _notebook_link(self, slug: str, uri: str) -> str:
        return relative_path(notebook_uri(self.evidence[slug].path), uri)

    def notebook(self, uri: str) -> nbformat.NotebookNode:
        """The copy of a notebook that mkdocs-jupyter is given."""
        mathml = self.math[uri] = []

        def prose(source: str, cell_id: str) -> str:
            where = f"{uri}, cell {cell_id}"
            source = substitute(
                source, LINK, lambda m, _: relative_url(site_uri(m["path"], uri), uri)
            )
            source = self._cite(source, uri, where)
            source, found = math_html.extract(source, where, 1, len(mathml))
            mathml.extend(found)
            return source

        return notebook_page.prepare(self.notebooks[uri].executed, prose)

    def _cite(self, source: str, uri: str, where: str, first_line: int = 1) -> str:
        url = relative_url(BIBLIOGRAPHY, uri)
        return bibliography.cite(source, self.references, url, where, first_line)


def notebook_uri(path: Path) -> str:
    """The address of a notebook's source within the site."""
    return f"notebooks/{path.parent.name}/{path.name}"


def figure_uri(slug: str, name: str) -> str:
    """The address of a figure's file, without its suffix."""
    return f"assets/figures/{slug}/{name}"


def page_url(uri: str) -> str:
    """The address of the page that is made of a source."""
    stem, suffix = posixpath.splitext(uri)
    if suffix not in {".md", ".ipynb"}:
        return uri
    return posixpath.dirname(uri) + "/" if stem.endswith("index") else stem + "/"


def relative_url(target: str, uri: str) -> str:
    """The address of `target` as seen from the page made of `uri`."""
    return get_relative_url(page_url(target), page_url(uri))


def relative_path(target: str, uri: str) -> str:
    """The path from one source to another, as MkDocs wants links written."""
    return posixpath.relpath(target, posixpath.dirname(uri) or ".")


def site_uri(path: str, uri: str) -> str:
    """The site's address of what a link written for the repository points at.

    In the repository a page is docs/<uri> and a notebook is <uri>.
    """
    here = uri if uri.startswith("notebooks/") else f"docs/{uri}"
    target = posixpath.normpath(posixpath.join(posixpath.dirname(here), path))
    return target.removeprefix("docs/")
