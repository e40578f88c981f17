"""The preview: pages at once, without executing or even rendering a notebook.

A notebook's page is a stand-in that says what the notebook is about. Values and figures
are those of the last build, which leaves them in build/evidence.json.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import notebook_cache
from evidence import Evidence
from figures import Figure, dark
from mkdocs.structure.files import File, Files
from notebook_files import ROOT, notebook_paths
from site_content import figure_uri, notebook_uri


class StandIn(File):
    """A page in place of a notebook's, although its source does not end in .md."""

    def is_documentation_page(self) -> bool:
        return True


def keep(evidence: dict[str, Evidence], file: Path) -> None:
    """Writes what the notebooks recorded, for previews to come."""
    entries = [
        asdict(one) | {"path": one.path.relative_to(ROOT).as_posix()}
        for one in evidence.values()
    ]
    notebook_cache.write(file, json.dumps(entries, ensure_ascii=False).encode())


def recall(file: Path) -> dict[str, Evidence]:
    """What the notebooks recorded at the last build; nothing of those built since."""
    recorded = {}
    if file.exists():
        for entry in json.loads(file.read_bytes()):
            figures = {name: Figure(**one) for name, one in entry["figures"].items()}
            path = ROOT / entry["path"]
            recorded[path.stem] = Evidence(**entry | {"path": path, "figures": figures})
    return {
        path.stem: recorded.get(path.stem, Evidence(path)) for path in notebook_paths()
    }


def add_files(files: Files, config, evidence: dict[str, Evidence]) -> Files:
    """Adds a stand-in for each notebook, and the figures that pages show."""
    for path in notebook_paths():
        page = StandIn.generated(config, notebook_uri(path), content=stand_in(path))
        files.append(page)
    for slug, recorded in evidence.items():
        for name, figure in recorded.figures.items():
            for suffix, svg in ((".svg", figure.svg), (".dark.svg", dark(figure.svg))):
                uri = figure_uri(slug, name) + suffix
                files.append(File.generated(config, uri, content=svg))
    return files


def stand_in(path: Path) -> str:
    """The Markdown of a notebook's stand-in: its title, its summary, how to see it."""
    notebook = json.loads(path.read_bytes())
    title = "".join(notebook["cells"][0]["source"]).splitlines()[0]
    summary = notebook["metadata"]["site"]["summary"]
    how = "A preview leaves notebooks out: see it with `make serve`."
    return f"---\ntemplate: preview.html\n---\n{title}\n\n{summary}\n\n{how}\n"
