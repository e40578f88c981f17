"""A Chromium for the browser tests, and a server that acts like a static host."""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from functools import lru_cache
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, Playwright

NAMES = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "chrome",
)
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
FLAGS = [
    *("--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update"),
    "--disable-sync",
]
COMPRESSED = {".html", ".css", ".js", ".json", ".svg", ".xml", ".ipynb", ".md", ".map"}


class NoBrowser(Exception):
    """There is no browser to test with; the message says what to install."""


def find(playwright: Playwright) -> str:
    """The path of a Chromium; as root on Debian or Ubuntu it is installed if need be.

    Raises NoBrowser when there is none.
    """
    candidates = [
        *map(shutil.which, NAMES),
        *PLACES,
        playwright.chromium.executable_path,
    ]
    for path in candidates:
        if path and Path(path).exists():
            return path
    if can_install():
        install("chromium")
        if path := shutil.which("chromium"):
            return path
    raise NoBrowser(
        "the browser tests need Chromium or Chrome on the PATH: install it (Debian: "
        "`sudo apt install chromium`; macOS: `brew install --cask google-chrome`; "
        "elsewhere: `.venv/bin/python -m playwright install chromium`)"
    )


def can_install() -> bool:
    """Whether packages can be installed: by root, on Debian or Ubuntu."""
    return _is_root() and shutil.which("apt-get") is not None


def install(*packages: str) -> None:
    """Installs packages of Debian or Ubuntu; NoBrowser when that fails."""
    print(f"Installing {', '.join(packages)}, for the browser tests", flush=True)
    for command in (
        ["update"],
        ["install", "-y", "--no-install-recommends", *packages],
    ):
        ran = subprocess.run(
            ["apt-get", "-qq", *command],
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            capture_output=True,
            text=True,
        )
    if ran.returncode:
        reason = (ran.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise NoBrowser(f"apt-get could not install {', '.join(packages)}: {reason}")


def launch(playwright: Playwright) -> Browser:
    """A headless Chromium with a fresh profile; NoBrowser when there is none."""
    sandbox = ["--no-sandbox"] if _is_root() else []
    return playwright.chromium.launch(
        executable_path=find(playwright), args=[*FLAGS, *sandbox]
    )


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


@lru_cache(maxsize=256)
def _body(path: Path, modified: int, compressed: bool) -> bytes:
    content = path.read_bytes()
    return gzip.compress(content, 6, mtime=0) if compressed else content


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    folder: Path
    prefix: str
    more_headers: Mapping[str, str]

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        file, status = self.folder / "404.html", 404
        if path.startswith(self.prefix):
            wanted = self.folder / path.removeprefix(self.prefix)
            if wanted.is_dir() and not path.endswith("/"):
                self.send_response(301)
                self.send_header("Location", path + "/")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            wanted = wanted / "index.html" if wanted.is_dir() else wanted
            if wanted.is_file() and wanted.resolve().is_relative_to(self.folder):
                file, status = wanted, 200
        if not file.is_file():
            self.send_error(404)
            return
        accepted = "gzip" in self.headers.get("Accept-Encoding", "")
        compressed = accepted and file.suffix in COMPRESSED
        body = _body(file, file.stat().st_mtime_ns, compressed)
        self.send_response(status)
        self.send_header("Content-Type", self.guess_type(str(file)))
        self.send_header("Content-Length", str(len(body)))
        if compressed:
            self.send_header("Content-Encoding", "gzip")
        for name, value in self.more_headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing: the tests say what they see."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address) -> None:
        # A browser that leaves a page drops what it was fetching.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextlib.contextmanager
def serve(
    directory: Path,
    prefix: str = "/",
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[str]:
    """The address of a server of `directory` below `prefix`, as a static host would.

    Text is compressed, a folder's address gets its slash, and what is not there gets
    404.html with status 404. Each answer has the `headers` too.
    """

    class Handler(_Handler):
        folder = Path(directory).resolve()

    Handler.prefix, Handler.more_headers = prefix, headers
    with _Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{prefix}"
        finally:
            server.shutdown()
