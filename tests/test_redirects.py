"""A page that was on main and is gone leads on; the history is asked, not a list."""

import subprocess
from pathlib import Path

import pytest
import redirects
import yaml
from notebook_files import ROOT


def configured():
    """`extra.redirects` of mkdocs.yml, whatever tags of MkDocs' the file has."""

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("", lambda loader, suffix, node: None)
    config = yaml.load((ROOT / "mkdocs.yml").read_text("utf-8"), Loader)
    return (config.get("extra") or {}).get("redirects") or {}


def test_every_page_that_is_gone_has_a_redirect():
    if not (ROOT / ".git").exists():
        pytest.skip("not a git clone: the pages that there were are not known")
    missing = set(redirects.gone(ROOT)) - configured().keys()
    assert not missing, (
        f"mkdocs.yml: extra.redirects lacks {', '.join(sorted(missing))}: "
        "say where each page's readers should go"
    )


class Repository:
    """A git repository that one commit after another changes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "-b", "main")

    def git(self, *command):
        name = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        subprocess.run(
            ["git", "-C", self.root, *name, *command], check=True, capture_output=True
        )

    def add(self, *names):
        for name in names:
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
        self.commit()

    def commit(self):
        self.git("add", "-A")
        self.git("commit", "-m", "change")

    def gone(self):
        return redirects.gone(self.root)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "none"))
    repository = Repository(tmp_path / "repository")
    repository.add("docs/steps/a.md", "notebooks/a/b.ipynb", "docs/assets/c.css")
    return repository


@pytest.fixture(autouse=True)
def folder(tmp_path):
    (tmp_path / "repository").mkdir()


def test_nothing_is_gone_while_all_is_there(repository):
    assert repository.gone() == []


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("docs/steps/a.md", "steps/a.md"),
        ("notebooks/a/b.ipynb", "notebooks/a/b.ipynb"),
    ],
)
def test_a_deleted_page_is_gone(repository, name, uri):
    repository.git("rm", name)
    assert repository.gone() == [uri]  # before the commit too
    repository.commit()
    assert repository.gone() == [uri]


def test_a_renamed_page_is_gone(repository):
    repository.git("mv", "docs/steps/a.md", "docs/steps/b.md")
    repository.commit()
    assert repository.gone() == ["steps/a.md"]
    repository.git("mv", "docs/steps/b.md", "docs/steps/c.md")
    repository.commit()
    assert repository.gone() == ["steps/a.md", "steps/b.md"]


def test_a_page_that_came_back_is_not_gone(repository):
    repository.git("rm", "docs/steps/a.md")
    repository.commit()
    repository.add("docs/steps/a.md")
    assert repository.gone() == []


def test_what_is_no_page_is_not_asked_for(repository):
    repository.add("docs/steps/a.draft.md")
    repository.git("rm", "docs/assets/c.css", "docs/steps/a.draft.md")
    assert repository.gone() == []


def test_a_page_that_never_was_on_main_is_not_asked_for(repository):
    repository.git("checkout", "-b", "draft")
    repository.add("docs/steps/draft.md", "docs/steps/kept.md")
    repository.git("rm", "docs/steps/draft.md")
    repository.commit()
    assert repository.gone() == []
    repository.git("checkout", "main")
    repository.git("merge", "--no-ff", "-m", "merge", "draft")
    assert repository.gone() == []


def test_a_page_that_a_merge_brought_to_main_is_asked_for(repository):
    repository.git("checkout", "-b", "draft")
    repository.add("docs/steps/new.md")
    repository.git("checkout", "main")
    repository.git("merge", "--no-ff", "-m", "merge", "draft")
    repository.git("rm", "docs/steps/new.md")
    assert repository.gone() == ["steps/new.md"]


def test_a_shallow_clone_says_that_it_does_not_know(repository, tmp_path):
    repository.add("docs/d.md")
    clone = tmp_path / "clone"
    url = repository.root.as_uri()
    subprocess.run(["git", "clone", "-q", "--depth", "1", url, clone], check=True)
    with pytest.raises(redirects.HistoryError, match="git fetch --unshallow"):
        redirects.gone(clone)


def test_a_folder_without_history_says_so(tmp_path):
    with pytest.raises(redirects.HistoryError, match="not a git repository"):
        redirects.gone(tmp_path)


@pytest.fixture
def built(tmp_path):
    (tmp_path / "steps/new").mkdir(parents=True)
    (tmp_path / "steps/new/index.html").write_text("new")
    return tmp_path


def test_an_old_address_leads_to_the_new_one(built):
    redirects.write({"notebooks/a/b.ipynb": "steps/new.md#part"}, built)
    page = (built / "notebooks/a/b/index.html").read_text()
    assert 'content="0; url=../../../steps/new/#part"' in page
    assert '<a href="../../../steps/new/#part">' in page


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"steps/new.md": "index.md"}, "steps/new.md: this page exists"),
        (
            {"steps/old.md": "steps/none.md"},
            "steps/old.md: there is no page steps/none",
        ),
        ({"a.md": "b.md", "b.md": "steps/new.md"}, "a.md: b.md has moved too"),
    ],
)
def test_a_wrong_entry_is_refused(built, entries, message):
    with pytest.raises(ValueError, match=message):
        redirects.write(entries, built)
