"""The commands do what they say, and what stops them is one clear line."""

import argparse
import re
import socket
import sys

import environment
import pytest
import tasks
from notebook_files import ROOT


@pytest.fixture
def called(monkeypatch):
    """What the commands would have run: (arguments, variables)."""
    calls = []

    def call(*command, **variables):
        calls.append((command, variables))
        return 0

    monkeypatch.setattr(tasks, "run", call)
    monkeypatch.setattr(environment, "ensure", lambda: None)
    return calls


def command(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["tasks.py", *arguments])
    return tasks.main()


def test_every_command_is_in_the_help_and_in_the_makefile():
    names = [command.__name__ for command in tasks.COMMANDS]
    assert set(re.findall(r"(?m)^([a-z]+)  +\S", tasks.__doc__)) == set(names)
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = re.findall(r"(?m)^([a-z]+):.*## ", makefile)
    assert sorted(targets) == sorted(["help", *names])


def test_a_taken_port_is_said_and_the_next_one_used(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert tasks.free_port(port) > port
    assert f"Port {port} is taken, trying {port + 1}" in capsys.readouterr().out


def test_a_free_port_is_taken_without_a_word(capsys):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert tasks.free_port(port) == port
    assert capsys.readouterr().out == ""


def test_no_free_port_at_all_asks_for_one(monkeypatch):
    class Taken(socket.socket):
        def connect_ex(self, address):
            return 0

    monkeypatch.setattr(tasks.socket, "socket", Taken)
    with pytest.raises(SystemExit, match="name one, PORT="):
        tasks.free_port(8000)


def test_serve_reloads_on_the_port_that_was_asked_for(called, monkeypatch):
    monkeypatch.setattr(tasks, "free_port", lambda port: port)
    assert command(monkeypatch, "serve", "--port", "8123") == 0
    (runtime, _), (arguments, variables) = called
    assert runtime[-1] == "scripts/live_runtime.py"
    assert "--livereload" in arguments
    assert "127.0.0.1:8123" in arguments
    assert "PREVIEW" not in variables


def test_preview_executes_no_notebooks(called, monkeypatch):
    monkeypatch.setattr(tasks, "free_port", lambda port: port)
    command(monkeypatch, "preview")
    assert len(called) == 1
    assert "preview.yml" in called[0][0]
    assert called[0][1] == {"PREVIEW": "1"}


def test_test_builds_the_site_and_passes_its_arguments_to_pytest(called, monkeypatch):
    assert command(monkeypatch, "test", "-k", "calibration") == 0
    runtime, build, tests = (arguments for arguments, _ in called)
    assert runtime[-1] == "scripts/live_runtime.py"
    assert build[-3:] == ("mkdocs", "build", "--quiet")
    assert tests[-3:] == ("pytest", "-k", "calibration")


def test_test_stops_when_the_site_cannot_be_built(monkeypatch):
    calls = []
    monkeypatch.setattr(tasks, "run", lambda *c, **v: calls.append(c) or 7)
    assert tasks.test(argparse.Namespace(rest=[])) == 7
    assert len(calls) == 1


def test_a_failing_environment_is_one_line(monkeypatch, capsys):
    def fail():
        raise environment.EnvironmentFailure("no network")

    monkeypatch.setattr(environment, "ensure", fail)
    assert command(monkeypatch, "site") == 1
    assert capsys.readouterr().err == "Error: no network\n"


def test_an_interruption_is_one_line(monkeypatch, capsys):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "ensure", interrupt)
    assert command(monkeypatch, "site") == 130
    assert capsys.readouterr().err.count("\n") == 1


def test_an_unknown_command_names_the_known_ones(monkeypatch, capsys):
    with pytest.raises(SystemExit):
        command(monkeypatch, "srve")
    assert "choose from serve, preview" in capsys.readouterr().err.replace("'", "")


def test_commands_run_with_the_environments_tools_first():
    path = "os.environ['PATH'].split(os.pathsep)[0]"
    code = f"import os, sys; sys.exit({path} != sys.argv[1])"
    assert tasks.run(sys.executable, "-c", code, str(environment.PYTHON.parent)) == 0


def test_clean_removes_what_the_commands_made_and_nothing_else(monkeypatch):
    monkeypatch.setattr(environment, "ensure", None)  # clean must not make one
    removed = []
    monkeypatch.setattr(
        tasks.shutil, "rmtree", lambda path, **_: removed.append(path.name)
    )
    assert command(monkeypatch, "clean") == 0
    assert sorted(removed) == [".cache", ".venv", "build", "site"]
