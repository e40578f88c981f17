"""A step may have several pages: its own, and those in the folder of its name."""

import pytest
from concepts import StepConcepts
from mkdocs.config import load_config
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import get_navigation
from site_content import Content
from steps import of_step, read_steps

NAV = [
    {
        "Steps": [
            {"Data": ["steps/data.md", {"Types": "notebooks/data/types.ipynb"}]},
            {
                "Models": [
                    "steps/models.md",
                    {"Training": "steps/models/training.md"},
                    {"Losses": "notebooks/models/losses.ipynb"},
                ]
            },
        ]
    }
]
URIS = [
    *("steps/data.md", "steps/models.md", "steps/models/training.md"),
    *("notebooks/data/types.ipynb", "notebooks/models/losses.ipynb"),
]


@pytest.fixture
def steps(tmp_path):
    config = load_config(str(_config(tmp_path)), nav=NAV)
    files = Files(File(uri, "docs", "site", use_directory_urls=True) for uri in URIS)
    return read_steps(get_navigation(files, config))


def _config(folder):
    (folder / "docs").mkdir()
    (folder / "mkdocs.yml").write_text("site_name: x\n")
    return folder / "mkdocs.yml"


def test_pages_and_notebooks_are_told_apart(steps):
    _, models = steps
    assert models.id == "models"
    assert [page.file.name for page in models.pages] == ["models", "training"]
    assert [page.file.name for page in models.notebooks] == ["losses"]
    assert [page.is_index for page in models.pages] == [True, False]


def test_the_minutes_of_a_step_are_those_of_all_its_pages(steps):
    data, models = steps
    for page, minutes in zip(models.pages, (20, 15), strict=True):
        page.meta = {"minutes": minutes}
    data.page.meta = {"status": "outline"}
    assert (data.minutes, models.minutes) == (0, 35)


@pytest.mark.parametrize("uri", ["steps/models.md", "steps/models/training.md"])
def test_a_page_knows_its_step(uri):
    assert of_step(uri) == "models"


def content_with_questions():
    questions = [
        {
            "id": f"about-{anchor}",
            "kind": "numeric",
            "prompt": "How many?",
            "answer": 1,
            "tolerance": 0,
            "explanation": "One.",
            "anchor": anchor,
        }
        for anchor in ("ideas", "losses")
    ]
    entry = StepConcepts("models.yml", "models", [], questions, {})
    return Content(concepts={"models": entry})


@pytest.mark.parametrize(
    ("uri", "anchor", "other"),
    [
        ("steps/models.md", "ideas", "losses"),
        ("steps/models/training.md", "losses", "ideas"),
    ],
)
def test_a_page_asks_what_it_has_explained(uri, anchor, other):
    source = f"## Title {{ #{anchor} data-search-exclude }}\n\n{{{{ questions }}}}\n"
    page = content_with_questions().page(source, uri, 1)
    assert f"question-about-{anchor}" in page
    assert f"question-about-{other}" not in page


def test_a_page_without_questions_of_its_own_may_not_ask():
    with pytest.raises(ValueError, match=r"steps/models\.md:3: no question of docs/"):
        content_with_questions().page(
            "See [there](#ideas).\n\n{{ questions }}\n", "steps/models.md", 1
        )
