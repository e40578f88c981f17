"""What is made of sources is kept until a source or a script changes."""

import pytest
import remembered


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Reads tmp_path/source.txt through the memory; `read.times` counts the makings."""
    monkeypatch.setattr(remembered, "READERS", tmp_path / "scripts")
    source = tmp_path / "source.txt"
    source.write_text("one")
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "reader.py").write_text("")

    def make():
        read.times += 1
        text = source.read_text()
        if text == "bad":
            raise ValueError("line 1 is bad")
        return {"text": text}

    def read():
        return remembered.remembered("name", [source], make, tmp_path / "kept")

    read.times = 0
    return read


def test_it_is_made_once(read):
    assert read() == read() == {"text": "one"}
    assert read.times == 1


@pytest.mark.parametrize("changed", ["source.txt", "scripts/reader.py"])
def test_it_is_made_again_when_a_source_or_a_script_changed(read, tmp_path, changed):
    read()
    (tmp_path / changed).write_text("two")
    assert read() == {"text": (tmp_path / "source.txt").read_text()}
    assert read.times == 2


@pytest.mark.parametrize("content", [b"", b"rubbish", b"\x80\x04\n\x80\x04"])
def test_it_is_made_again_when_what_was_kept_is_damaged(read, tmp_path, content):
    read()
    kept = tmp_path / "kept" / "name.pickle"
    digest = kept.read_bytes().partition(b"\n")[0]
    for damaged in (content, digest + b"\n" + content):
        kept.write_bytes(damaged)
        assert read() == {"text": "one"}
    assert read.times == 3


def test_what_went_wrong_is_said_each_time_and_not_kept(read, tmp_path):
    (tmp_path / "source.txt").write_text("bad")
    for _ in range(2):
        with pytest.raises(ValueError, match="line 1 is bad"):
            read()
    (tmp_path / "source.txt").write_text("two")
    assert read() == {"text": "two"}
