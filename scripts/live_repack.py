"""Re-packs wheels of the runtime so that the reader's browser compiles nothing.

Runs in Pyodide itself, started by live_repack.mjs, since byte code is that of one
Python. A wheel's modules become `.pyc` files; their sources go into an archive beside
it, which a page fetches when a traceback shows one. The same wheel gives the same
bytes.
"""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from hashlib import sha256
from pathlib import Path
from py_compile import PycInvalidationMode, compile
from tempfile import TemporaryDirectory

SITE_PACKAGES = "/lib/python3.12/site-packages/"
FONTS = "matplotlib/fontlist.json"
# What only compilers and examples read.
UNUSED = re.compile(
    r"\.(pyi|pyx|pxd|tp|tpl|h|hpp|a|c|cpp)$|^scipy/misc/face\.dat$|"
    r"^sklearn/datasets/images/|^matplotlib/mpl-data/sample_data/"
)


def repack(archive: bytes) -> tuple[bytes, bytes]:
    """An archive with its modules compiled, and an archive of their sources.

    Licences stay; what no program reads does not.
    """
    packed, sources = io.BytesIO(), io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as old,
        zipfile.ZipFile(packed, "w") as new,
        zipfile.ZipFile(sources, "w") as kept,
    ):
        for entry in old.infolist():
            name, content = entry.filename, old.read(entry)
            if name.endswith(".py") and (code := byte_code(name, content)):
                _add(kept, name, content)
                name, content = name + "c", code
            if name == FONTS:
                content = with_version_of(
                    old.read("matplotlib/font_manager.py"), content
                )
            if not entry.is_dir() and not UNUSED.search(name):
                _add(new, name, content)
    return packed.getvalue(), sources.getvalue()


def byte_code(name: str, source: bytes) -> bytes | None:
    """A module's byte code, without a time in it; None for what does not compile."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "module.py")
        file.write_bytes(source)
        compiled = compile(
            str(file),
            cfile=str(file) + "c",
            dfile=SITE_PACKAGES + name,
            quiet=2,
            invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
        )
        return Path(compiled).read_bytes() if compiled else None


def with_version_of(module: bytes, fonts: bytes) -> bytes:
    """Matplotlib's list of fonts with the version that the module asks for.

    The wheel carries one with another number, so each start would search the fonts.
    """
    version = re.search(rb"__version__ = (\d+)", module)[1]
    return re.sub(rb'("_version": )\d+', rb"\g<1>" + version, fonts, count=1)


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name)  # dated 1980
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content, compresslevel=9)


def main(source: Path, target: Path) -> None:
    """Re-packs every wheel and archive in a folder; notes their hashes last."""
    lock = json.loads((source / "pyodide-lock.json").read_text())
    hashes = {}
    for package in lock["packages"].values():
        name = package["file_name"]
        if not (source / name).exists():
            continue
        print(name, flush=True)
        packed, sources = repack((source / name).read_bytes())
        for part, content in ((name, packed), (f"{name}.sources.zip", sources)):
            (target / part).write_bytes(content)
            hashes[part] = sha256(content).hexdigest()
    (target / "packed.json").write_text(json.dumps(hashes, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
