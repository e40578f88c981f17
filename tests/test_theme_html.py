"""What the theme gets wrong is mended; text that looks like it is left alone."""

from notebook_files import ROOT
from theme_html import mend

TITLE = (
    '<label class="md-nav__title" for="n"><span class="md-icon"></span> Data </label>'
)


def test_a_list_of_no_pages_is_dropped():
    nav = f'<nav class="md-nav" aria-labelledby="x">{TITLE}<ul class="b"> </ul></nav>'
    assert mend(f"<li>{nav}</li>") == "<li></li>"


def test_a_list_of_pages_is_called_by_its_title():
    html = f'<input id="n"><nav aria-labelledby="x">{TITLE}<ul class="b"><li>'
    assert mend(html) == html.replace('aria-labelledby="x"', 'aria-label="Data"')


def test_a_label_for_an_element_that_is_missing_is_for_none():
    assert mend('<label for="a" class="b">x</label>') == '<label class="b">x</label>'


def test_a_label_that_is_right_is_kept():
    html = '<input id="a"><label for="a" tabindex="0">x</label>'
    assert mend(html) == html


def test_an_empty_tabindex_is_dropped():
    html = '<input id="a"><label for="a" tabindex="">x</label>'
    assert mend(html) == '<input id="a"><label for="a">x</label>'


def test_the_search_dialog_has_a_name():
    assert mend('<div role="dialog">') == '<div role="dialog" aria-label="Search">'


def test_a_table_scrolls_in_a_box_that_the_keyboard_reaches():
    start = '<div class="table-scroll" tabindex="0" role="group" aria-label="Table">'
    assert mend("<table>1</table>") == f"{start}<table>1</table></div>"


def test_an_output_table_has_its_box_already():
    html = '<div class="output table" aria-label="Table"><table></table></div>'
    assert mend(html) == html


def test_text_is_left_alone():
    html = '<code>&lt;label for="a" tabindex=""&gt; &lt;table&gt;</code>'
    assert mend(html) == html


def test_the_link_to_the_repository_asks_its_host_nothing():
    source = (ROOT / "overrides" / "partials" / "source.html").read_text("utf-8")
    link = source.split("-#}")[1]
    assert 'class="md-source"' in link
    assert "data-md-component" not in link
