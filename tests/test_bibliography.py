"""References are complete, citations resolve, and every error names file and line."""

from pathlib import Path

import markdown
import pytest
from bibliography import (
    BibliographyError,
    cite,
    cited_keys,
    load_bibliography,
    render,
)

GUO = r"""@inproceedings{guo2017calibration,
  author = {Guo, Chuan and Pleiss, Geoff and Sun, Yu and Weinberger, Kilian Q.},
  title = {On Calibration of Modern Neural Networks},
  booktitle = {Proceedings of the 34th International Conference on Machine Learning},
  year = {2017},
  eprint = {1706.04599},
}
"""
MAATEN = r"""@article{vandermaaten2008tsne,
  author = {Laurens van der Maaten and Geoffrey Hinton},
  title = {Visualizing Data using {t-SNE}},
  journal = {JMLR},
  year = 2008,
  url = {https://www.jmlr.org/papers/v9/vandermaaten08a.html},
}
"""


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    def load_text(bibtex: str):
        path = tmp_path / "references.bib"
        path.write_text(bibtex, encoding="utf-8")
        return load_bibliography(path)

    return load_text


def errors(load, bibtex: str) -> list[str]:
    with pytest.raises(BibliographyError) as caught:
        load(bibtex)
    assert str(caught.value) == "\n".join(caught.value.errors)
    return caught.value.errors


def entry(load, **fields: str):
    """The one entry of a file with these fields in place of the usual ones."""
    usual = {"author": "Ann Lee", "title": "T", "year": "2020", "doi": "10.1000/a.b"}
    lines = [f"  {name} = {{{value}}}," for name, value in (usual | fields).items()]
    bibtex = "\n".join(["@article{lee2020t,", *lines, "}"])
    return load(bibtex)["lee2020t"]


def test_entries_are_read_by_key(load):
    entries = load(f"% a comment\n{GUO}\n@comment{{another}}\n{MAATEN}")
    assert list(entries) == ["guo2017calibration", "vandermaaten2008tsne"]
    guo = entries["guo2017calibration"]
    assert guo.authors[0] == "Chuan Guo"
    assert guo.title == "On Calibration of Modern Neural Networks"
    assert guo.venue.startswith("Proceedings of the 34th")
    assert (guo.year, guo.eprint, guo.doi) == ("2017", "1706.04599", "")


@pytest.mark.parametrize(
    ("authors", "label"),
    [
        ("Lee, Ann", "Lee 2020"),
        ("Laurens van der Maaten and Hinton, Geoffrey", "van der Maaten and Hinton"),
        ("A. One and B. Two and C. Three", "One et al. 2020"),
        ("A. One and others", "One et al. 2020"),
        ("{Google Research and Friends}", "Google Research and Friends 2020"),
        (r"B{\"u}hlmann, Peter", "Bühlmann 2020"),
    ],
)
def test_labels_are_family_names_and_year(load, authors, label):
    assert entry(load, author=authors).label.startswith(label)


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"{\'E}tude by S{\o}ren", "Étude by Søren"),
        (r"{ROC} {AUC}", "ROC AUC"),
        ("A -- B --- C", "A – B — C"),
        (r"Q\&A at 50\% off", "Q&A at 50% off"),
        ("50% off", "50% off"),
        (r"an $R^2$ of \emph{one}", "an R^2 of one"),
        ("two\n    lines", "two lines"),
        ("Größe", "Größe"),
    ],
)
def test_titles_are_decoded_from_latex(load, latex, text):
    assert entry(load, title=latex).title == text


@pytest.mark.parametrize(
    ("field", "written", "read"),
    [
        ("doi", "https://doi.org/10.1000/x_y", "10.1000/x_y"),
        ("doi", r"10.1000/x\_y", "10.1000/x_y"),
        ("eprint", "arXiv:1706.04599v2", "1706.04599v2"),
        ("eprint", "cs/0102003", "cs/0102003"),
        ("isbn", "978-0-13-468599-1", "978-0-13-468599-1"),
        ("url", r"https://a.org/b\_c%20d~e", "https://a.org/b_c%20d~e"),
        ("url", "https://arxiv.org/abs/1706.04599", "https://arxiv.org/abs/1706.04599"),
    ],
)
def test_locators_lose_resolver_and_escapes_only(load, field, written, read):
    assert getattr(entry(load, **{field: written}), field) == read


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("doi", "11.1/x", "not a DOI"),
        ("eprint", "1706.4599.1", "not an arXiv identifier"),
        ("isbn", "12345", "not an ISBN"),
        ("url", "www.example.org", "https://"),
        ("year", "in press", "write four digits"),
        ("author", "A, B, C, D, E", "Too many commas"),
    ],
)
def test_a_malformed_field_is_named_with_its_line(load, field, value, expected):
    fixed = {"author": "Ann Lee", "title": "T", "year": "2020", "doi": "10.1000/a"}
    fields = {name: text for name, text in fixed.items() if name != field}
    lines = [f"  {name} = {{{text}}}," for name, text in fields.items()]
    found = errors(
        load,
        "\n".join(["@misc{k,", *lines, f"  {field} = {{{value}}},", "}"]),
    )
    assert len(found) == 1
    assert found[0].startswith(f"references.bib:{len(lines) + 2}: k: ")
    assert expected in found[0]


@pytest.mark.parametrize("missing", ["author", "title", "year"])
def test_a_missing_field_is_an_error(load, missing):
    bibtex = MAATEN.replace(f"  {missing} =", "  note =")
    assert errors(load, f"\n{bibtex}") == [
        f"references.bib:2: vandermaaten2008tsne: no {missing}: add one"
    ]


def test_others_alone_are_no_author(load):
    bibtex = MAATEN.replace("Laurens van der Maaten and Geoffrey Hinton", "others")
    assert "no author" in errors(load, bibtex)[0]


def test_an_empty_field_counts_as_missing(load):
    bibtex = MAATEN.replace("{Visualizing Data using {t-SNE}}", "{ }")
    assert "no title" in errors(load, bibtex)[0]


def test_an_entry_that_cannot_be_found_is_an_error(load):
    bibtex = GUO + MAATEN.replace("  url =", "  note =")
    assert errors(load, bibtex) == [
        "references.bib:8: vandermaaten2008tsne: "
        "no doi, eprint, isbn or url: add one, so that readers can find it"
    ]


def test_a_key_used_twice_is_an_error(load):
    assert errors(load, f"{GUO}\n{GUO}") == [
        "references.bib:9: guo2017calibration: line 1 has the same key: "
        "rename one or delete it"
    ]


@pytest.mark.parametrize("name", ["year", "Year"])
def test_a_field_given_twice_is_an_error(load, name):
    bibtex = MAATEN.replace("  year = 2008", f"  year = 2008, {name} = 2009")
    (error,) = errors(load, bibtex)
    line = 1 if name == "year" else 5
    assert error == (
        f"references.bib:{line}: vandermaaten2008tsne: "
        "field given twice (year): delete one"
    )


def test_a_key_unfit_for_an_address_is_an_error(load):
    (error,) = errors(load, MAATEN.replace("vandermaaten2008tsne", "maaten/2008"))
    assert error.startswith("references.bib:1: maaten/2008: a key starts with a letter")


def test_a_syntax_error_names_the_entry(load):
    found = errors(load, GUO + MAATEN.replace("t-SNE}},", "t-SNE},") + GUO)
    assert found[0].startswith("references.bib:8: @article{vandermaaten2008tsne,: ")
    assert "not valid BibTeX" in found[0]


def test_an_entry_without_its_at_sign_is_an_error(load):
    found = errors(load, GUO + MAATEN[1:])
    assert found[0].startswith("references.bib:8: article{vandermaaten2008tsne,: ")


def test_all_errors_are_reported_at_once(load):
    found = errors(load, "@misc{a, title={T}}\n@misc{b, year={2020}}\n")
    assert [error.split(":")[1] for error in found] == ["1"] * 3 + ["2"] * 3


def test_a_citation_becomes_a_link(load):
    text = cite("So [@guo2017calibration].", load(GUO), "../bib/", "page.md")
    assert text == (
        'So (<a class="citation" href="../bib/#guo2017calibration" '
        'title="On Calibration of Modern Neural Networks">Guo et al. 2017</a>).'
    )


def test_several_keys_share_a_bracket(load):
    text = cite(
        "[@guo2017calibration;\n@vandermaaten2008tsne]", load(GUO + MAATEN), "", "p"
    )
    assert text.startswith("(<a ") and text.endswith(" 2008</a>)")
    assert "Guo et al. 2017</a>; <a " in text


@pytest.mark.parametrize(
    "text",
    ["`[@unknown]`", "```\n[@unknown]\n```", "[@name](https://a.org)", "\\[@unknown]"],
)
def test_what_is_not_a_citation_is_left_alone(load, text):
    assert cite(text, load(GUO), "", "page.md") == text


def test_unknown_keys_are_all_reported_with_line_and_near_matches(load):
    with pytest.raises(BibliographyError) as caught:
        cite(
            "[@nobody]\n\n[@guo2017calibration; @guo2017calibrations]",
            load(GUO),
            "",
            "docs/steps/metrics.md",
            first_line=5,
        )
    assert caught.value.errors == [
        "docs/steps/metrics.md:5: @nobody is not in references.bib",
        "docs/steps/metrics.md:7: @guo2017calibrations is not in references.bib"
        "; did you mean guo2017calibration?",
    ]


@pytest.mark.parametrize(
    "citation",
    ["[@guo2017calibration, p. 3]", "[@guo2017calibration; guo2017calibration]", "[@]"],
)
def test_a_malformed_citation_is_an_error(load, citation):
    with pytest.raises(BibliographyError) as caught:
        cite(f"\n{citation}", load(GUO), "", "page.md")
    assert caught.value.errors == [
        f"page.md:2: {citation} is not a citation: write [@key] or [@key1; @key2]"
    ]


def test_titles_cannot_break_the_page(load):
    title = r'<b> "q" *a* [x](y) `c` | \$1 {\_}'
    entries = {"k": entry(load, title=title)}
    cited = markdown.markdown(
        f"|a|b|\n|-|-|\n|x|{cite('[@k]', entries, '', 'p')}|", extensions=["tables"]
    )
    listed = markdown.markdown(render(entries))
    for page in (cited, listed):
        assert "<b>" not in page and "<em>" not in page and "<code>" not in page
    assert cited.count("<td>") == 2 and 'class="citation"' in cited


def test_cited_keys_skips_code():
    assert cited_keys("[@b; @a] `[@c]`\n\n[@b]") == ["b", "a", "b"]


def test_the_list_is_sorted_by_author_without_regard_to_accents_and_case(load):
    names = ["Zoe Zand", "Bo de Bell", "Ann Alba", r"Al {\"A}hl"]
    bibtex = "\n".join(
        f"@misc{{k{number}, author={{{name}}}, title={{T}}, year={{2020}}, "
        "doi={10.1000/a}}"
        for number, name in enumerate(names)
    )
    text = render(load(bibtex))
    order = [text.index(f'id="k{number}"') for number in (3, 2, 1, 0)]
    assert order == sorted(order)


def test_each_item_has_id_authors_year_title_venue_and_links(load):
    item = render(
        {"lee2020t": entry(load, title="Why?", journal="JMLR", isbn="1" * 10)}
    )
    assert '<li id="lee2020t">Ann Lee (2020). <cite>Why?</cite> JMLR.' in item
    assert '<a href="https://doi.org/10.1000/a.b">doi:10.1000/a.b</a>' in item
    assert "ISBN 1111111111" in item
    listed = render(load(GUO + MAATEN))
    assert '<a href="https://arxiv.org/abs/1706.04599">arXiv:1706.04599</a>' in listed
    assert 'href="https://www.jmlr.org/papers/v9/vandermaaten08a.html"' in listed


def test_items_say_where_they_are_cited(load):
    text = render(load(GUO), {"guo2017calibration": [("Metrics & more", "../m/")]})
    assert 'Cited on <a href="../m/">Metrics &amp; more</a>.' in text
    assert "Cited on" not in render(load(GUO))
