"""A browser is found or the reader told how to get one; the server is like a host."""

import gzip
import http.client
import subprocess
from pathlib import Path
from types import SimpleNamespace

import browser
import pytest


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine without a browser: `have(name)` puts one on the PATH."""
    path = {}
    monkeypatch.setattr(browser.shutil, "which", lambda name: path.get(name))
    monkeypatch.setattr(browser, "PLACES", ())
    monkeypatch.setattr(browser, "_is_root", lambda: False)

    def have(name):
        path[name] = str(tmp_path / name)
        Path(path[name]).touch()
        return path[name]

    own = tmp_path / "own" / "chrome"
    playwright = SimpleNamespace(chromium=SimpleNamespace(executable_path=str(own)))
    return SimpleNamespace(have=have, own=own, playwright=playwright)


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_a_browser_on_the_path_is_found(machine, name):
    wanted = machine.have(name)
    machine.own.parent.mkdir()
    machine.own.touch()
    assert browser.find(machine.playwright) == wanted


def test_playwrights_own_browser_is_found(machine):
    machine.own.parent.mkdir()
    machine.own.touch()
    assert browser.find(machine.playwright) == str(machine.own)


def test_root_gets_one_installed(machine, monkeypatch):
    commands = []

    def run(command, **_):
        commands.append(command)
        machine.have("chromium")
        return SimpleNamespace(returncode=0, stderr="")

    machine.have("apt-get")
    monkeypatch.setattr(browser, "_is_root", lambda: True)
    monkeypatch.setattr(subprocess, "run", run)
    assert browser.find(machine.playwright).endswith("chromium")
    assert commands[-1][-1] == "chromium"
    assert "install" in commands[-1]


def test_a_failed_installation_says_why(machine, monkeypatch):
    failed = SimpleNamespace(returncode=100, stderr="Reading\nE: Unable to locate\n")
    machine.have("apt-get")
    monkeypatch.setattr(browser, "_is_root", lambda: True)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(browser.NoBrowser, match="E: Unable to locate"):
        browser.find(machine.playwright)


def test_anybody_else_is_told_what_to_install(machine):
    machine.have("apt-get")  # which only root may use
    with pytest.raises(browser.NoBrowser, match="sudo apt install chromium"):
        browser.find(machine.playwright)


@pytest.mark.parametrize("root", [True, False])
def test_only_root_goes_without_the_sandbox(machine, monkeypatch, root):
    machine.have("chromium")
    monkeypatch.setattr(browser, "_is_root", lambda: root)
    machine.playwright.chromium.launch = lambda executable_path, args: args
    flags = browser.launch(machine.playwright)
    assert ("--no-sandbox" in flags) == root
    assert "--disable-background-networking" in flags


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    site = tmp_path / "site"
    (site / "steps").mkdir(parents=True)
    (site / "index.html").write_text("home")
    (site / "404.html").write_text("missing")
    (site / "steps" / "index.html").write_text("steps")
    (site / "a.svg").write_text("<svg/>")
    (site / "a b.woff2").write_text("font")
    return site


def get(address, path, **headers):
    """Status, headers and body of what is served at a path that is sent as it is."""
    host = address.split("/")[2]
    connection = http.client.HTTPConnection(host, timeout=5)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), body.decode("latin-1")


@pytest.mark.parametrize("prefix", ["/", "/repo/"])
def test_pages_and_files_are_served_below_the_prefix(folder, prefix):
    with browser.serve(folder, prefix) as address:
        assert address.startswith("http://127.0.0.1:")
        assert address.endswith(prefix)
        assert get(address, prefix)[::2] == (200, "home")
        assert get(address, f"{prefix}steps/?q=1")[::2] == (200, "steps")
        assert get(address, f"{prefix}a%20b.woff2")[::2] == (200, "font")
        status, headers, _ = get(address, f"{prefix}a.svg")
        assert headers["Content-Type"] == "image/svg+xml"


def test_a_folder_gets_its_slash(folder):
    with browser.serve(folder) as address:
        status, headers, _ = get(address, "/steps")
        assert (status, headers["Location"]) == (301, "/steps/")


@pytest.mark.parametrize(
    "path", ["/repo/none", "/repo/none/", "/index.html", "/repo/../secret.txt"]
)
def test_what_is_not_there_gets_the_page_for_missing_pages(folder, path):
    with browser.serve(folder, "/repo/") as address:
        assert get(address, path)[::2] == (404, "missing")


def test_text_is_compressed_for_those_who_ask(folder):
    (folder / "index.html").write_text("home " * 1000)
    with browser.serve(folder) as address:
        _, headers, body = get(address, "/", **{"Accept-Encoding": "gzip, br"})
        assert headers["Content-Encoding"] == "gzip"
        assert int(headers["Content-Length"]) == len(body) < 100
        assert gzip.decompress(body.encode("latin-1")) == b"home " * 1000
        assert "Content-Encoding" not in get(address, "/")[1]
        font = get(address, "/a%20b.woff2", **{"Accept-Encoding": "gzip"})
        assert "Content-Encoding" not in font[1]


def test_what_changes_is_served_as_it_is_now(folder):
    with browser.serve(folder) as address:
        get(address, "/")
        (folder / "index.html").write_text("new home")
        assert get(address, "/")[2] == "new home"
