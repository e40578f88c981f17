"""Firefox and WebKit, driven without a driver of their own to download.

Playwright drives only its own builds of them. A test opens a page, runs JavaScript in
it and reads the answer; for that much, each browser's own protocol takes a few lines.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import Request, urlopen

SECONDS = 120  # for a browser to start, a page to load or a script to run
MINIBROWSER = "webkit2gtk-4.*/MiniBrowser"

Command = Callable[[str, dict], object]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def process(*command: str, **variables: str) -> Iterator[None]:
    """A program that runs for as long as it is needed."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=os.environ | variables, **quiet) as program:
        try:
            yield
        finally:
            program.terminate()


def patiently(attempt: Callable[[], object]) -> object:
    """What `attempt` gives as soon as nobody refuses the connection."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            return attempt()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


class Page:
    """A page of a browser that answers WebDriver's commands."""

    def __init__(self, command: Command) -> None:
        self.command = command

    def goto(self, url: str) -> None:
        self.command("WebDriver:Navigate", {"url": url})

    def evaluate(self, expression: str) -> object:
        script = {"script": f"return {expression}", "args": []}
        return self.command("WebDriver:ExecuteScript", script)


@contextlib.contextmanager
def firefox() -> Iterator[Page]:
    """Firefox through Marionette: lengths and JSON over a socket."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    port = free_port()
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        settings = f'user_pref("marionette.port", {port});\n'
        Path(profile, "user.js").write_text(settings)
        flags = ("--headless", "--marionette", "--no-remote", "--profile", profile)
        with process(program, *flags):
            connection = patiently(
                lambda: socket.create_connection(("127.0.0.1", port), SECONDS)
            )
            with connection, connection.makefile("rb") as answers:

                def receive() -> object:
                    size = b""
                    while (digit := answers.read(1)) != b":":
                        size += digit
                    return json.loads(answers.read(int(size)))

                def command(name: str, values: dict) -> object:
                    text = json.dumps([0, 1, name, values]).encode()
                    connection.sendall(b"%d:%b" % (len(text), text))
                    _, _, error, result = receive()
                    assert not error, f"{name}: {error['message']}"
                    return result.get("value") if isinstance(result, dict) else result

                receive()  # it introduces itself
                command("WebDriver:NewSession", {})
                yield Page(command)


@contextlib.contextmanager
def webkit() -> Iterator[Page]:
    """WebKitGTK's MiniBrowser through WebDriver, on a screen that is not there."""
    port = free_port()
    paths = {"WebDriver:Navigate": "url", "WebDriver:ExecuteScript": "execute/sync"}

    def post(path: str, values: dict) -> object:
        body = json.dumps(values).encode()
        request = Request(f"http://127.0.0.1:{port}/{path}", body)
        with urlopen(request, timeout=SECONDS) as response:
            return json.load(response)["value"]

    (browser,) = Path("/usr/lib").glob(f"*/{MINIBROWSER}")
    options = {"binary": str(browser), "args": ["--automation"]}
    wanted = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
    driver = ("xvfb-run", "--auto-servernum", "WebKitWebDriver", f"--port={port}")
    with process(*driver, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS="1"):
        session = patiently(lambda: post("session", {"capabilities": wanted}))
        name = session["sessionId"]
        try:
            yield Page(
                lambda command, values: post(f"session/{name}/{paths[command]}", values)
            )
        finally:
            address = f"http://127.0.0.1:{port}/session/{name}"
            urlopen(Request(address, method="DELETE"), timeout=SECONDS).close()
