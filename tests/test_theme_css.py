"""The theme's stylesheets keep what a page or a script can use, and nothing else."""

import pytest
import theme_css

PAGE = '<body data-md-color-primary=custom><p class="a b--on">x</p><i class=c></i>'


@pytest.fixture
def slimmed(tmp_path):
    """What is left of a stylesheet beside a script and a stylesheet of the site."""
    folder = tmp_path / "assets" / "stylesheets"
    folder.mkdir(parents=True)
    (tmp_path / "assets" / "site.js").write_text(
        "e.className='scripted';f.className=`made--${how}`"
    )
    (tmp_path / "assets" / "site.css").write_text(".unused{color:var(--ours)}")

    def slimmed(css):
        (folder / "main.css").write_text(css)
        theme_css.slim(tmp_path, theme_css.names(PAGE))
        own = (tmp_path / "assets" / "site.css").read_text()
        assert own == ".unused{color:var(--ours)}"
        return (folder / "main.css").read_text()

    return slimmed


def test_the_names_of_a_page_are_its_classes_and_colours():
    assert theme_css.names(PAGE) == {"a", "b--on", "c", "custom"}


@pytest.mark.parametrize(
    "css",
    [
        "p{color:red}",
        ".a .c{color:red}",
        ".b--on:hover,a>.c{color:red}",
        ".scripted{color:red}",
        ".made--next{color:red}",
        ":is(.a,.gone){color:red}",
        "p:not(.gone){color:red}",
        "[data-md-color-primary=custom]{color:red}",
        '@media screen{.a{background:url("data:image/svg+xml;x,(.y)")}}',
        "@keyframes k{from{top:0}to{top:1px}}",
        ":root{--ours:1;--hue:2}p{color:hsl(var(--hue),1%,2%)}",
    ],
)
def test_what_can_be_used_is_kept(slimmed, css):
    assert slimmed(css) == css


@pytest.mark.parametrize(
    ("css", "left"),
    [
        (".gone{color:red}p{top:0}", "p{top:0}"),
        (".a .gone:not(.c){color:red}", ""),
        (".gone,.a{color:red}", ".a{color:red}"),
        (":is(.a,.c) .gone,:is(p,q){color:red}", ":is(p,q){color:red}"),
        ("[data-md-color-primary=pink]{color:red}", ""),
        ("@media screen{.gone{color:red}}p{top:0}", "p{top:0}"),
        (':root{--icon:url("data:;(x")}p{top:0}', ":root{}p{top:0}"),
        (":root{--no:hsla(var(--hue), 1%);top:0}", ":root{top:0}"),
        (".made{color:red}", ""),
    ],
)
def test_what_nothing_can_use_goes(slimmed, css, left):
    assert slimmed(css) == left
