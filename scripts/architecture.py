"""The reference architecture: one drawing, with a step's own parts highlighted.

A page says `{{ architecture }}` on a line of its own. The drawing is a grid of boxes,
narrow enough for a phone, and takes its colours from docs/assets/site.css, in the
classes of the other diagrams.
"""

from __future__ import annotations

from html import escape

# Part: column and row in the grid, and the lines of its name.
PARTS = {
    "user": (0, 0, "User"),
    "app": (0, 1, "App server,|experiments"),
    "candidates": (0, 2, "Candidate|generator"),
    "ranker": (0, 3, "Ranker"),
    "filter": (0, 4, "Filter and|re-ranker"),
    "databases": (1, 2, "Databases|and graph"),
    "store": (1, 3, "Feature|store"),
    "registry": (1, 5, "Model|registry"),
    "monitoring": (2, 0, "Monitoring"),
    "queue": (2, 1, "Event queue"),
    "log": (2, 2, "Event log"),
    "pipeline": (2, 3, "Feature|pipeline"),
    "generator": (2, 4, "Training-data|generator"),
    "training": (2, 5, "Training,|evaluation"),
}
# Step: the parts that it is about.
HIGHLIGHTED = {
    "architecture": (),
    "data": ("databases", "queue", "log", "generator"),
    "features": ("store", "pipeline"),
    "model-development": ("training", "registry"),
    "prediction-service": ("candidates", "ranker", "filter"),
    "online-testing": ("app", "registry"),
    "scaling-monitoring-updates": ("monitoring", "queue", "training", "registry"),
}
DESCRIPTION = (
    "The reference architecture. A user calls the app server, which splits experiments "
    "and calls the prediction service: a candidate generator, a ranker, a filter and "
    "re-ranker, whose answer goes back. Databases with a knowledge graph feed the "
    "candidate generator, the feature store feeds the ranker. The app server sends "
    "events to a queue, which feeds monitoring and the event log. From the log a "
    "feature pipeline fills the feature store, and the training-data generator joins "
    "log and features. Training and evaluation put models into the registry, which the "
    "prediction service loads them from."
)
WIDTH, HEIGHT, GAP, MARGIN, LINE = 106, 40, 18, 12, 15
TOTAL = (2 * MARGIN + 3 * WIDTH + 2 * GAP, 6 * HEIGHT + 5 * GAP + 2 * MARGIN)


def render(step: str) -> str:
    """Markdown of the drawing with the parts of `step` highlighted, and its caption.

    Raises ValueError when the step has no entry in HIGHLIGHTED.
    """
    if step not in HIGHLIGHTED:
        raise ValueError(
            f"no parts of the architecture belong to {step!r}: add it to HIGHLIGHTED "
            f"in scripts/architecture.py, which has {', '.join(HIGHLIGHTED)}"
        )
    here = HIGHLIGHTED[step]
    names = ", ".join(name(part) for part in here)
    label = DESCRIPTION + (f" Highlighted on this page: {names}." if here else "")
    boxes = "".join(_box(part, part in here) for part in PARTS)
    width, height = TOTAL
    caption = (
        f"The parts that this step is about: {names}. "
        "[The whole architecture](architecture.md#at-a-glance)"
        if here
        else "The reference architecture. Solid lines are waited for or read; dotted "
        "ones are sent and forgotten. Later steps show it with their parts highlighted."
    )
    return (
        '<div class="diagram" tabindex="0" role="group" aria-label="Diagram" '
        f'data-search-exclude><svg class="architecture" viewBox="0 0 {width} {height}" '
        f'width="{1.15 * width:.0f}" height="{1.15 * height:.0f}" role="img" '
        f'aria-label="{escape(label)}" xmlns="http://www.w3.org/2000/svg">'
        '<marker id="architecture-arrow" class="marker" viewBox="0 0 8 8" refX="7" '
        'refY="4" markerWidth="6" markerHeight="6" orient="auto-start-reverse">'
        f'<path d="M0 0L8 4L0 8z"/></marker>{_frame()}{_edges()}{boxes}</svg></div>\n\n'
        f"{caption}\n{{ .diagram-caption }}"
    )


def name(part: str) -> str:
    """A part's name as it reads in a sentence."""
    return PARTS[part][2].replace("|", " ").lower()


def _corner(part: str) -> tuple[int, int]:
    column, row, _ = PARTS[part]
    return MARGIN + column * (WIDTH + GAP), MARGIN + row * (HEIGHT + GAP)


def _box(part: str, here: bool) -> str:
    x, y = _corner(part)
    lines = PARTS[part][2].split("|")
    first = y + HEIGHT / 2 + 5 - LINE * (len(lines) - 1) / 2
    text = " ".join(
        f'<tspan x="{x + WIDTH // 2}" y="{first + LINE * i:g}">{line}</tspan>'
        for i, line in enumerate(lines)
    )
    return (
        f'<g class="node{" here" if here else ""}"><rect x="{x}" y="{y}" rx="4" '
        f'width="{WIDTH}" height="{HEIGHT}"/><text>{text}</text></g>'
    )


def _frame() -> str:
    """The prediction service, around its three modules."""
    x, y = _corner("candidates")
    bottom = _corner("filter")[1] + HEIGHT + 22
    return (
        f'<g class="cluster"><rect x="{x - 6}" y="{y - 6}" rx="4" width="{WIDTH + 12}" '
        f'height="{bottom - y + 6}"/><text x="{x + WIDTH // 2}" y="{bottom - 7}">'
        "Prediction service</text></g>"
    )


def _edges() -> str:
    def side(part: str, where: str) -> str:
        x, y = _corner(part)
        dx, dy = {"N": (0.5, 0), "E": (1, 0.5), "S": (0.5, 1), "W": (0, 0.5)}[where]
        return f"{x + dx * WIDTH:g} {y + dy * HEIGHT:g}"

    def line(start: str, end: str, *, dotted: bool = False, both: bool = False) -> str:
        """From `part:side` to `part:side`."""
        ends = [side(*end.split(":")) for end in (start, end)]
        return path(f"M{ends[0]}L{ends[1]}", dotted=dotted, both=both)

    def path(d: str, *, dotted: bool = False, both: bool = False) -> str:
        css = "flowchart-link" + (" edge-pattern-dotted" if dotted else "")
        start = ' marker-start="url(#architecture-arrow)"' if both else ""
        end = ' marker-end="url(#architecture-arrow)"'
        return f'<path class="{css}" d="{d}"{start}{end}/>'

    left, right = 3, TOTAL[0] - 3
    frame_bottom = _corner("filter")[1] + HEIGHT + 22
    return "".join(
        [
            line("user:S", "app:N", both=True),
            line("app:S", "candidates:N"),
            line("candidates:S", "ranker:N"),
            line("ranker:S", "filter:N"),
            # The answer goes back outside the prediction service's frame.
            path(
                f"M{side('filter', 'W')}H{left}V{side('app', 'W').split()[1]}H{MARGIN}"
            ),
            line("databases:W", "candidates:E"),
            line("store:W", "ranker:E"),
            line("app:E", "queue:W", dotted=True),
            line("queue:N", "monitoring:S", dotted=True),
            line("queue:S", "log:N", dotted=True),
            line("log:S", "pipeline:N"),
            line("pipeline:W", "store:E"),
            path(
                f"M{side('log', 'E')}H{right}V{side('generator', 'E').split()[1]}"
                f"H{TOTAL[0] - MARGIN}"
            ),
            path(
                f"M{side('store', 'S')}V{side('generator', 'W').split()[1]}"
                f"H{side('generator', 'W').split()[0]}"
            ),
            line("generator:S", "training:N"),
            line("training:W", "registry:E"),
            path(f"M{side('registry', 'W')}H{MARGIN + WIDTH / 2:g}V{frame_bottom}"),
        ]
    )
