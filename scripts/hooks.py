"""MkDocs events, and nothing else: each hands its work to the module it is about."""

from __future__ import annotations

import gc
import json
import logging
import os
import re
import shutil
import sys
from pathlib import Path

import concepts
import content_security_policy
import diagrams
import glossary
import interview
import live_page
import math_html
import notebook_page
import offline_copy
import preview
import publish
import question_bank
import reading_paths
import redirects
import run_notebooks
import search_index
import theme_css
import theme_html
from figures import dark
from jinja2 import FileSystemBytecodeCache
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File
from mkdocs.structure.toc import get_toc
from notebook_files import NOTEBOOKS, ROOT, notebook_paths
from site_content import (
    BANK_HERE,
    BIBLIOGRAPHY,
    GLOSSARY_HERE,
    MINUTES_HERE,
    Content,
    figure_uri,
    relative_url,
)
from steps import anchored, of_step, read_steps

EXECUTED = ROOT / "build" / "executed"
PAGES = ROOT / "build" / "pages"
EVIDENCE = ROOT / "build" / "evidence.json"
TEMPLATES = ROOT / ".cache" / "jinja"
PREVIEW = os.environ.get("PREVIEW") == "1"

content = Content(lenient=PREVIEW)
steps = []
pages = []
bank = []
anchors: dict[str, set[str]] = {}
serving = False
definitions = glossary.Definitions([])


def on_startup(command, dirty):
    global serving
    serving = command == "serve"
    # Two lines for each notebook would hide what matters in a terminal.
    for name in ("mkdocs.mkdocs-jupyter", "mkdocs.plugins.mkdocs_jupyter"):
        logging.getLogger(name).setLevel(logging.WARNING)


def on_config(config):
    gc.freeze()  # what is imported stays: else each full collection looks at it all
    # MkDocs has this folder on the path only while it loads this file, and some
    # modules import others when they are needed.
    sys.path.append(str(Path(__file__).parent))
    config.mdx_configs.setdefault("pymdownx.superfences", {})["custom_fences"] = [
        {"name": "mermaid", "class": "diagram", "format": diagrams.fence}
    ]
    config.markdown_extensions.append(math_html.EscapedDollar())
    if not config.repo_url:
        config.edit_uri = None  # there is nowhere to edit
    return config


def on_pre_build(config):
    try:
        if PREVIEW:
            content.preview(preview.recall(EVIDENCE))
            return
        run_notebooks.execute(notebook_paths(), out_dir=EXECUTED)
        content.load(notebook_paths(), EXECUTED)
        preview.keep(content.evidence, EVIDENCE)
    except (run_notebooks.NotebookError, ValueError) as error:
        raise PluginError(str(error)) from None


@event_priority(100)  # before mkdocs-jupyter, which makes pages of notebooks
def on_files(files, config):
    if PREVIEW:
        return preview.add_files(files, config, content.evidence)
    for uri in content.notebooks:
        page = PAGES / uri
        page.parent.mkdir(parents=True, exist_ok=True)
        try:
            page.write_text(json.dumps(content.notebook(uri)), "utf-8")
        except ValueError as error:
            raise PluginError(str(error)) from None
        files.append(File(uri, str(PAGES), config.site_dir, config.use_directory_urls))
    for uri, figure in content.figures().items():
        for suffix, svg in ((".svg", figure.svg), (".dark.svg", dark(figure.svg))):
            files.append(File.generated(config, uri + suffix, content=svg))
    return files


def on_nav(nav, config, files):
    steps[:] = read_steps(nav)
    return nav


def on_page_markdown(markdown, page, config, files):
    uri = page.file.src_uri
    if uri in content.notebooks:
        notebook = content.notebooks[uri]
        page.meta |= notebook.facts | {"notebook": notebook}
        page.meta["description"] = notebook.facts.get("summary", "")
        if page.edit_url:
            page.edit_url = page.edit_url.replace("/docs/notebooks/", "/notebooks/")
        return None
    front_matter = page.file.content_string.count("\n") - markdown.count("\n")
    try:
        return content.page(markdown, uri, first_line=1 + front_matter)
    except ValueError as error:
        raise PluginError(str(error)) from None


def on_page_content(html, page, config, files):
    uri = page.file.src_uri
    try:
        if uri in content.notebooks:
            html, contents = notebook_page.render(
                html,
                content.notebooks[uri].executed,
                lambda name: relative_url(figure_uri(page.file.name, name), uri),
            )
            page.toc = get_toc(contents)
            html = live_page.add_controls(html, content.notebooks[uri])
        html = math_html.restore(html, content.math.get(uri, []))
        html = notebook_page.style_attributes_to_classes(html)
    except ValueError as error:
        raise PluginError(f"{uri}: {error}") from None
    anchors[uri] = set(re.findall(r'\sid="([^"]+)"', html))
    return html


def on_env(env, config, files):
    TEMPLATES.mkdir(parents=True, exist_ok=True)
    env.bytecode_cache = FileSystemBytecodeCache(str(TEMPLATES))
    env.auto_reload = False  # each build has an environment of its own
    if not PREVIEW:
        check_concepts()
        add_glossary(files)
        add_question_bank(files)
    env.globals["steps"] = steps
    pages[:] = [file.page for file in files.documentation_pages()]
    if not PREVIEW:
        by_uri = {page.file.src_uri: page for page in pages}
        home = by_uri["index.md"]
        try:
            home.meta["paths"] = reading_paths.read_paths(
                home.file.content_string, "docs/index.md", by_uri
            )
        except ValueError as error:
            raise PluginError(str(error)) from None
    return env


def add_glossary(files):
    """Fills the concept index, now that it is known which page explains what."""
    global definitions
    explaining = [page for step in steps for page in step.pages]
    terms = glossary.read_terms(
        content.concepts,
        {p.file.src_uri: (p.title, anchors[p.file.src_uri]) for p in explaining},
        {
            notebook.path.stem: (uri, files.get_file_from_path(uri).page.title)
            for uri, notebook in content.notebooks.items()
        },
        {key: entry.label for key, entry in content.references.items()},
    )
    definitions = glossary.Definitions(terms)
    page = files.get_file_from_path(glossary.PAGE).page
    index = glossary.render(terms, BIBLIOGRAPHY)
    page.content = page.content.replace(GLOSSARY_HERE, index)


def add_question_bank(files):
    """Fills the pages of interview questions, whose links lead into the pages, and of
    the mock interview."""
    titles = {step.id: step.title for step in steps}
    try:
        bank[:] = question_bank.load_bank(titles, anchored(steps, anchors))
        minutes = interview.minutes(titles)
    except ValueError as error:
        raise PluginError(str(error)) from None
    page = files.get_file_from_path(question_bank.PAGE).page
    html = question_bank.render(bank, relative_url("index.md", question_bank.PAGE))
    page.content = page.content.replace(BANK_HERE, html)
    page = files.get_file_from_path(interview.PAGE).page
    page.content = page.content.replace(MINUTES_HERE, minutes)


def on_post_page(output, page, config):
    # After the search index was filled: a definition is found in the concept index.
    uri = page.file.src_uri
    if PREVIEW or not uri.startswith(("steps/", "notebooks/")):
        return output
    before, start, rest = output.partition("<article")
    article, end, after = rest.partition("</article>")
    return before + start + definitions.add(article, uri) + end + after


def check_concepts():
    try:
        concepts.check_references(
            list(content.concepts.values()),
            {
                step: set().union(
                    *(anchors[uri] for uri in anchors if of_step(uri) == step)
                )
                for step in content.concepts
            },
            set(content.evidence),
            set(content.references),
            {
                f"{slug}.{name}"
                for slug, evidence in content.evidence.items()
                for name in evidence.figures
            },
        )
    except ValueError as error:
        raise PluginError(str(error)) from None


def on_post_build(config):
    if PREVIEW:
        return  # what only a published page needs: redirects, policy, runtime, search
    site = Path(config.site_dir)
    try:
        redirects.write(config.extra.get("redirects", {}), site)
    except ValueError as error:
        raise PluginError(str(error)) from None
    names = set()
    for page in site.rglob("*.html"):
        html = theme_html.mend(page.read_text("utf-8"))
        names |= theme_css.names(html)
        html = content_security_policy.add_policy(html, live_page.is_live(html))
        page.write_text(html, "utf-8")
    theme_css.slim(site, names)
    try:
        publish.write(config, content, steps, pages, anchors, bank)
    except ValueError as error:
        raise PluginError(str(error)) from None
    search_index.slim(site / "search" / "search_index.json")
    live_page.publish_runtime(content.notebooks.values(), site)
    data = (NOTEBOOKS / "data").iterdir()
    for source in [*notebook_paths(), *data, NOTEBOOKS / "matplotlibrc"]:
        target = site / "notebooks" / source.relative_to(NOTEBOOKS)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    (site / "offline.json").write_text(json.dumps(offline_copy.listing(site)), "utf-8")
    if not serving:
        offline_copy.write(site, ROOT / ".cache" / "offline")
