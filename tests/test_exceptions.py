"""The list of exemptions is complete, gives reasons, and can only shrink."""

import pytest
from exemptions import LIST, load, remaining


@pytest.fixture
def listed(tmp_path):
    path = tmp_path / "exceptions.yml"
    path.write_text(
        "- {kind: budget, name: slow, reason: It trains four models.}\n", "utf-8"
    )
    return path


def test_the_list_is_well_formed():
    load(LIST)


def test_what_is_listed_is_let_off_and_the_rest_is_not(listed):
    assert remaining("budget", {"slow": "slow: 60 s"}, listed) == []
    assert remaining("budget", {"slow": "a", "other": "b"}, listed) == ["b"]


def test_an_exemption_is_for_one_kind_of_check(listed):
    assert remaining("notebook", {"slow": "slow has no title"}, listed) == [
        "slow has no title"
    ]


def test_an_exemption_that_is_not_needed_is_a_fault(listed):
    assert remaining("budget", {}, listed) == [
        "exceptions.yml: budget slow is in order now: delete its entry"
    ]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ("[{kind: budget, name: a}]", "needs kind, name and reason"),
        ("[{kind: budget, name: a, reason: ''}]", "say why"),
        ("[{kind: budget, name: a, reason: slow}]", "say why"),
        (
            "[{kind: other, name: a, reason: It is slow.}]",
            "kind is one of notebook, budget",
        ),
        (
            "[{kind: budget, name: a, reason: It is slow.},"
            " {kind: budget, name: a, reason: It is slow.}]",
            "entry 2: a is listed already",
        ),
    ],
)
def test_an_entry_that_does_not_explain_itself_is_refused(tmp_path, entries, message):
    path = tmp_path / "exceptions.yml"
    path.write_text(entries, "utf-8")
    with pytest.raises(ValueError, match=message):
        load(path)
