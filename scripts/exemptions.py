"""The one list of what is let off a check, tests/exceptions.yml; it can only shrink.

An entry names the kind of check, the thing let off, and why. One that is not needed
any more is a fault, like the faults that it would have hidden.
"""

from __future__ import annotations

from pathlib import Path

import yaml
from notebook_files import ROOT

LIST = ROOT / "tests" / "exceptions.yml"
KINDS = {
    "notebook": "a notebook (slug) whose source may break a rule",
    "budget": "a notebook (slug) that may take more time or memory",
    "weight": "a page (address) that may cost more bytes",
}


def load(path: Path = LIST) -> dict[tuple[str, str], str]:
    """The reason of each (kind, name); ValueError when an entry is incomplete."""
    reasons: dict[tuple[str, str], str] = {}
    for number, entry in enumerate(yaml.safe_load(path.read_text("utf-8")) or [], 1):
        where = f"{path.name}, entry {number}"
        if set(entry) != {"kind", "name", "reason"}:
            raise ValueError(f"{where}: needs kind, name and reason, no more")
        if entry["kind"] not in KINDS:
            raise ValueError(f"{where}: kind is one of {', '.join(KINDS)}")
        if len(str(entry["reason"] or "").split()) < 3:
            raise ValueError(f"{where}: say why in a sentence")
        key = entry["kind"], entry["name"]
        if key in reasons:
            raise ValueError(f"{where}: {entry['name']} is listed already")
        reasons[key] = entry["reason"]
    return reasons


def remaining(kind: str, faults: dict[str, str], path: Path = LIST) -> list[str]:
    """The faults, by the name of what has them, that no exemption of `kind` covers.

    An exemption that covers nothing counts as a fault.
    """
    exempt = {name for of, name in load(path) if of == kind}
    return [
        *(fault for name, fault in faults.items() if name not in exempt),
        *(
            f"{path.name}: {kind} {name} is in order now: delete its entry"
            for name in sorted(exempt - faults.keys())
        ),
    ]
