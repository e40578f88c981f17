"""A notebook as a page: what the renderer gets, and what becomes of its HTML."""

import notebook_page
import pytest
from html_tree import Tree
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

SVG = '<svg width="72pt" height="36pt"></svg>'
TABLE = """<div><style scoped>.x {}</style><table border="1" class="dataframe">
<thead><tr style="text-align: right;"><th></th><th>auc</th></tr></thead>
<tbody><tr><th>bm25</th><td>0.7</td></tr></tbody></table></div>"""


def code(source, *tags, outputs=(), name="a"):
    return new_code_cell(
        source, id=name, outputs=list(outputs), metadata={"tags": list(tags)}
    )


def renderer(notebook):
    """What mkdocs-jupyter makes of a notebook, as far as the page is built on it."""
    cells = "".join(
        '<div class="jp-Cell"><div class="jp-RenderedMarkdown jp-MarkdownOutput">'
        f"{cell.source}</div></div>"
        if cell.cell_type == "markdown"
        else '<div class="jp-Cell"><div class="highlight hl-python"><pre><span></span>'
        f"<span>{cell.source}</span></pre></div></div>"
        for cell in notebook.cells
        if cell.source.strip()
    )
    return (
        "<style>p {}</style><script>a()</script>"
        f'<div class="jp-Notebook">{cells}</div>'
    )


def render(*cells):
    notebook = new_notebook(cells=list(cells))
    html, contents = notebook_page.render(
        renderer(notebook), notebook, lambda name: f"../f/{name}"
    )
    tree = Tree(f"<!doctype html><body>{html}</body>")
    assert tree.problems == []
    return html, contents


def test_the_renderer_gets_no_outputs_and_prose_that_was_edited():
    stream = new_output("stream", text="1")
    notebook = new_notebook(
        cells=[
            new_markdown_cell("a", id="m"),
            code("# alt: A curve.\nplot()", "figure:b", outputs=[stream], name="c"),
        ]
    )
    copy = notebook_page.prepare(notebook, lambda text, name: f"{text} in {name}")
    assert copy.cells[0].source == "a in m"
    assert (copy.cells[1].source, copy.cells[1].outputs) == ("plot()", [])
    assert notebook.cells[1].outputs == [stream]


def test_styles_and_scripts_of_the_renderer_are_dropped():
    html, _ = render(new_markdown_cell("<p>a</p>"))
    assert "<style" not in html
    assert "<script" not in html


def test_a_cell_can_be_linked_to_and_is_not_searched():
    html, _ = render(code("x = 1", "export", name="load"))
    tree = Tree(f"<!doctype html><body>{html}</body>")
    (cell,) = [e for e in tree.elements if e.attributes.get("id") == "cell-load"]
    assert "data-search-exclude" in cell.attributes
    # The search goes on after the first end tag of this name, so it may not nest.
    assert [e.name for e in tree.elements].count(cell.name) == 1


def test_headings_get_ids_permalinks_and_a_place_in_the_contents():
    html, contents = render(
        new_markdown_cell("<h1>A &amp; b</h1>"),
        new_markdown_cell("<h2>Part<a class='anchor-link' href='#x'>x</a></h2>"),
        new_markdown_cell("<h3>Deep</h3><h2>Part</h2>"),
    )
    assert contents[0]["name"] == "A &amp; b"
    parts = contents[0]["children"]
    assert [part["id"] for part in parts] == ["part", "part_1"]
    assert [deep["id"] for deep in parts[0]["children"]] == ["deep"]
    assert "anchor-link" not in html
    assert 'id="part"' in html
    assert 'href="#part_1"' in html


def test_text_output_is_escaped_and_can_be_scrolled_by_keyboard():
    html, _ = render(code("f()", outputs=[new_output("stream", text="<b> & 1")]))
    assert "&lt;b&gt; &amp; 1" in html
    assert 'class="output stdout" tabindex="0" role="group"' in html


def test_an_empty_output_is_no_output():
    html, _ = render(code("f()", outputs=[new_output("stream", text="\n")]))
    assert "output" not in html


def test_a_table_keeps_its_headers_and_loses_its_styles():
    table = new_output(
        "execute_result", {"text/html": TABLE, "text/plain": "plain"}, execution_count=1
    )
    html, _ = render(code("frame", outputs=[table]))
    assert '<th scope="row">bm25</th>' in html
    assert "<td></td><th>auc</th>" in html  # the corner heads nothing
    for dropped in ("style", "border", "dataframe", "plain"):
        assert dropped not in html


def test_html_without_a_table_shows_as_text():
    data = {"text/html": "<script>a()</script>", "text/plain": "Model()"}
    output = new_output("execute_result", data, execution_count=1)
    html, _ = render(code("model", outputs=[output]))
    assert "<script" not in html
    assert "<pre>Model()</pre>" in html


def test_figures_are_files_named_by_their_tag():
    picture = new_output("display_data", {"image/svg+xml": SVG})
    cell = code("# alt: A curve.\nplot()", "figure:roc", outputs=[picture])
    html, _ = render(cell)
    assert 'src="../f/roc.svg" alt="A curve."' in html
    assert 'src="../f/roc.dark.svg"' in html
    assert list(notebook_page.figures(cell)) == ["roc"]


def test_a_figure_without_a_tag_is_named_by_its_cell():
    picture = new_output("display_data", {"image/svg+xml": SVG})
    cell = code("plot()", outputs=[picture, picture], name="draw")
    assert list(notebook_page.figures(cell)) == ["draw", "draw-1"]


@pytest.mark.parametrize(
    ("tag", "summary"),
    [("solution", "Solution"), ("check", "How the answer is checked")],
)
def test_solutions_and_checks_wait_behind_a_summary(tag, summary):
    html, _ = render(code("answer = 1", tag))
    assert f"<details><summary>{summary}</summary>" in html


def test_other_cells_are_open():
    html, _ = render(code("x = 1", "exercise"))
    assert "<details" not in html


def test_a_renderer_that_lost_a_cell_is_an_error():
    notebook = new_notebook(cells=[code("x = 1"), code("y = 2", name="b")])
    short = new_notebook(cells=notebook.cells[:1])
    with pytest.raises(ValueError, match="1 of 2 cells: has its markup changed"):
        notebook_page.render(renderer(short), notebook, str)


def test_alignment_becomes_a_class():
    html = notebook_page.style_attributes_to_classes(
        '<td style="text-align: right;">1</td><td style="text-align:center">2</td>'
    )
    assert html == '<td class="right">1</td><td class="center">2</td>'


def test_any_other_inline_style_is_refused():
    with pytest.raises(ValueError, match='style="color: red"'):
        notebook_page.style_attributes_to_classes('<p style="color: red">a</p>')
