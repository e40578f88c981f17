"""The script that timed the file formats, and the file it wrote."""

import itertools

import pandas as pd
import pytest
import record_scans
from extract_data import DATA


@pytest.fixture(scope="module")
def table():
    return pd.read_parquet(DATA / "flights_jfk.parquet").head(500)


@pytest.fixture(scope="module")
def answers(table, tmp_path_factory):
    folder = tmp_path_factory.mktemp("formats")
    record_scans.write_files(table, folder)
    return record_scans.readers(folder)


def test_the_committed_file_holds_the_runs_that_the_script_asks_for():
    timings = pd.read_csv(DATA / "scan_timings.csv.gz")
    runs = timings.groupby(["format", "question"])["run"].apply(list).to_dict()
    asked = itertools.product(record_scans.FORMATS, record_scans.QUESTIONS)
    assert runs == {pair: list(range(record_scans.RUNS)) for pair in asked}
    assert (timings["milliseconds"] > 0).all()


@pytest.mark.parametrize("kind", record_scans.FORMATS)
def test_each_format_answers_the_three_questions(kind, answers, table):
    whole = answers[kind, "all"](0)
    assert list(whole) == list(table)
    assert whole["flight"].tolist() == table["flight"].tolist()
    column = answers[kind, "one column"](0)
    assert column.to_numpy() == pytest.approx(table["arr_delay"], nan_ok=True)
    row = answers[kind, "one row"](137)
    texts = [str(value) for value in (row.values() if kind == "JSON lines" else row)]
    if kind in {"SQLite", "Parquet"}:
        texts = pd.DataFrame([row]) if kind == "Parquet" else row
        texts = texts.iloc[0].astype(str).tolist()
    assert table["tailnum"].iloc[137] in texts
    assert str(table["flight"].iloc[137]) in texts


def test_each_answer_gets_its_own_time_and_formats_take_turns(monkeypatch):
    ticks = itertools.accumulate(itertools.cycle([5_000_000, 250_000]), initial=0)
    monkeypatch.setattr(record_scans.time, "perf_counter_ns", lambda: next(ticks))
    asked = []
    answers = {("CSV", "all"): asked.append, ("Parquet", "all"): asked.append}
    timings = record_scans.record(answers, 10, runs=2)
    assert timings["milliseconds"].tolist() == [5.0] * 4
    assert timings["format"].tolist() == ["CSV", "Parquet"] * 2
    assert asked[0] == asked[1] and all(0 <= row < 10 for row in asked)


def test_it_refuses_to_time_on_several_threads(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with pytest.raises(SystemExit, match="set OMP_NUM_THREADS=1"):
        record_scans.main()
