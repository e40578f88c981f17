"""Lists, as Markdown, the pages of the site that a branch changes.

python scripts/changed_pages.py [BASE]      (BASE is origin/main unless given)
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable

# A change here may change any page.
EVERYWHERE = (
    "scripts/",
    "overrides/",
    "docs/assets/",
    "mkdocs.yml",
    "requirements.txt",
)


def changed_pages(files: Iterable[str]) -> list[str]:
    """The addresses of the pages made of these files, or ["every page"]."""
    pages = set()
    for file in files:
        if file.startswith(EVERYWHERE):
            return ["every page"]
        path, _, suffix = file.rpartition(".")
        if suffix == "ipynb" and path.startswith("notebooks/"):
            pages.add(f"{path}/")
        elif suffix == "md" and path.startswith("docs/"):
            pages.add(path.removeprefix("docs/").removesuffix("index") + "/")
        elif suffix == "yml" and path.startswith("docs/concepts/"):
            pages.add(path.replace("docs/concepts/", "steps/") + "/")
    return sorted("/" if page == "/" else page for page in pages)


def main() -> int:
    base = sys.argv[1] if len(sys.argv) > 1 else "origin/main"
    diff = subprocess.run(
        ["git", "diff", "--name-only", f"{base}...HEAD"], capture_output=True, text=True
    )
    if diff.returncode:
        print(diff.stderr.strip(), file=sys.stderr)
        return 1
    pages = changed_pages(diff.stdout.splitlines())
    print("## Pages that this change touches\n")
    print("\n".join(f"- `{page}`" for page in pages) or "None.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
