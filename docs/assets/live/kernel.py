"""Runs cells inside Pyodide, in one namespace, and hands their outputs to `emit`.

`emit(kind, mime, data)` is set from JavaScript. What it is given is never trusted:
the page shows text as text, pictures as images and tables cell by cell.
"""

import io
import linecache
import logging
import os
import pprint
import sys
import time
import traceback

from pyodide.code import eval_code_async, find_imports  # noqa: F401 (for the worker)

LIMIT = 200_000  # characters of streams a cell may show
AT_ONCE = 200  # writes that are shown as they come; later ones at most every 0.1 s

SITE_PACKAGES = "/lib/python3.12/site-packages/"

emit = None
load_sources = None  # set from JavaScript too
namespace = {"__name__": "__main__"}

# A Matplotlib back end: show() hands the figures over as the notebook runner does.
with open("/lib/python3.12/site-packages/live_backend.py", "w") as file:
    file.write(
        "from matplotlib.backends.backend_svg import FigureCanvasSVG as FigureCanvas\n"
        "from matplotlib.backend_bases import FigureManagerBase as FigureManager\n"
        "def show(*args, **kwargs):\n"
        "    import __main__\n"
        "    __main__.live_show_figures()\n"
    )
# A slow font search, done once, is not a warning for the reader.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)


class Stream(io.TextIOBase):
    """stdout or stderr of one cell."""

    def __init__(self, kind):
        self.kind, self.pending, self.shown = kind, "", 0
        self.writes, self.last = 0, 0.0

    def writable(self):
        return True

    def write(self, text):
        if self.shown > LIMIT:
            return len(text)
        self.pending += text
        self.shown += len(text)
        if self.shown > LIMIT:
            self.pending += "\n... cut off here: the cell prints too much to show\n"
        self.writes += 1
        if self.writes < AT_ONCE or time.monotonic() > self.last + 0.1:
            self.flush()
        return len(text)

    def flush(self):
        if self.pending:
            emit(self.kind, "text/plain", self.pending)
            self.pending, self.last = "", time.monotonic()


def flush_streams():
    sys.stdout.flush()
    sys.stderr.flush()


def display(*objects, **_):
    """What a notebook calls to show something before the end of a cell."""
    for value in objects:
        show(value, "display")


def show(value, kind):
    """Shows one value: figures as SVG, tables as HTML with text beside, else text."""
    flush_streams()
    figure = sys.modules.get("matplotlib.figure")
    if figure and isinstance(value, figure.Figure):
        return show_figure(value)
    if not isinstance(value, type):
        html = getattr(value, "_repr_html_", None)
        try:
            html = html() if callable(html) else None
        except Exception:
            html = None
        if isinstance(html, str):
            emit(kind, "text/html", html)
            return None
    emit(kind, "text/plain", text_of(value))
    return None


def text_of(value):
    """The text that a notebook shows of a value."""
    if type(value) in (dict, list, tuple, set):
        return pprint.pformat(value, width=79, sort_dicts=False, compact=True)
    return repr(value)


def show_figure(figure):
    flush_streams()
    file = io.StringIO()
    figure.savefig(file, format="svg", bbox_inches="tight", metadata={"Date": None})
    emit("display", "image/svg+xml", file.getvalue())


def show_figures():
    """Shows and closes every figure that is open."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot:
        for number in pyplot.get_fignums():
            show_figure(pyplot.figure(number))
        pyplot.close("all")


sys.modules["__main__"].live_show_figures = show_figures


def start(folder):
    """Makes the folder that the notebook lies in, and goes there."""
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)


async def run(code, name):
    """Runs a cell. Returns None, or what failed: the error's name and the line."""
    sys.stdout, sys.stderr = Stream("stdout"), Stream("stderr")
    namespace.setdefault("display", display)
    # So that tracebacks show the source.
    linecache.cache[name] = (len(code), None, code.splitlines(True), name)
    try:
        value = await eval_code_async(code, globals=namespace, filename=name)
        if value is not None:
            namespace["_"] = value
            show(value, "result")
        show_figures()
        return None
    except BaseException as error:
        flush_streams()
        await add_sources(error)
        emit("error", "text/plain", text_of_error(error, name))
        return [type(error).__name__, line_of_error(error, name)]
    finally:
        flush_streams()


async def add_sources(error):
    """Loads the sources of a traceback's libraries, which are installed compiled."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    files = [frame.f_code.co_filename for frame in frames]
    names = {
        file.removeprefix(SITE_PACKAGES).partition("/")[0].removesuffix(".py")
        for file in files
        if file.startswith(SITE_PACKAGES) and not os.path.exists(file)
    }
    if names:
        await load_sources(sorted(names))
        linecache.checkcache()


def text_of_error(error, name):
    """The traceback from the reader's first line on."""
    trace = error.__traceback__
    while trace and trace.tb_frame.f_code.co_filename != name:
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace))


def line_of_error(error, name):
    """The last line of the cell that the error went through, 0 for none."""
    line = 0
    if isinstance(error, SyntaxError) and error.filename == name:
        line = error.lineno or 0
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename == name:
            line = number
    return line
