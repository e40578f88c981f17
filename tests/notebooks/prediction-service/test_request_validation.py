"""The contract of a request against a JSON schema, and its refusals."""

import json
import string

import pytest
from extract_data import DATA
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from notebook_files import load_exports

nb = load_exports("request-validation")


def number(low, high):
    return {"type": "number", "minimum": low, "maximum": high}


COUNT = {"type": "integer", "minimum": 0, "maximum": 100}
PROPERTIES = {
    "amount_usd": number(1_000, 40_000),
    "term_months": {"type": "integer", "enum": [36, 60]},
    "income_usd_per_year": number(0, 10_000_000),
    "utilisation_percent": {"anyOf": [number(0, 200), {"type": "null"}]},
    "late_payments_2y": COUNT,
    "inquiries_6m": COUNT,
    "opened_12m": COUNT,
    "opened_24m": COUNT,
}
SCHEMA = Draft202012Validator(
    {
        "type": "object",
        "properties": PROPERTIES,
        "required": list(PROPERTIES),
        "additionalProperties": False,
    }
)
VALID = {
    "amount_usd": 5_000,
    "term_months": 36,
    "income_usd_per_year": 70_000.5,
    "utilisation_percent": None,
    "late_payments_2y": 0,
    "inquiries_6m": 1,
    "opened_12m": 2,
    "opened_24m": 3,
}

# JSON schema calls 2.0 an integer and the contract does not: leave those out.
values = st.one_of(
    st.sampled_from([0, 1, 36, 60, 100, 101, 200, 999, 1_000, 40_000, 40_001, -1]),
    st.sampled_from([None, True, False, "", "36", [], {}, [36], 10**400]),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: x % 1),
    st.text(max_size=3),
)
changes = st.dictionaries(
    st.one_of(st.sampled_from(list(VALID)), st.text(max_size=2)), values, max_size=3
)


def as_bytes(given):
    return json.dumps(given).encode()


@settings(max_examples=500, deadline=None)
@given(changes, st.sets(st.sampled_from(list(VALID)), max_size=1))
def test_the_contract_decides_as_a_json_schema_does(changed, dropped):
    request = {k: v for k, v in (VALID | changed).items() if k not in dropped}
    right = SCHEMA.is_valid(request) and request["opened_12m"] <= request["opened_24m"]
    application, problems = nb.parse(as_bytes(request))
    assert (application is not None) == right == (not problems)
    if right:
        assert application.model_dump() == request


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_whatever_the_bytes_are_a_refusal_can_be_sent(body):
    application, problems = nb.parse(body)
    assert application is None
    assert json.loads(json.dumps(problems, allow_nan=False).encode("ascii"))
    for problem in problems:
        assert problem.keys() == {"field", "problem"}


secrets = st.text(string.ascii_uppercase, min_size=8, max_size=12)


@settings(max_examples=200, deadline=None)
@given(secrets, st.sampled_from(list(VALID)))
def test_a_refusal_repeats_neither_values_nor_names(secret, field):
    for bad in (
        VALID | {field: secret},
        VALID | {secret: 1},
        VALID | {field: [secret]},
    ):
        application, problems = nb.parse(as_bytes(bad))
        assert application is None
        assert secret not in json.dumps(problems)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"amount_usd": 1, "amount_usd": 5000}', "request"),
        (as_bytes(VALID).replace(b"5000", b"NaN"), "request"),
        (as_bytes(VALID).replace(b"5000", b"1e999"), "amount_usd"),
        (as_bytes(VALID).replace(b"36", rb'"\ud800"'), "term_months"),
        (as_bytes(VALID).replace(b"{", rb'{"\ud800": 1, '), "request"),
        (as_bytes(VALID | {"opened_24m": 1}), "request"),
        (b"[" * 100_000, "request"),
        (json.dumps(VALID).encode("utf-16"), "request"),
    ],
)
def test_what_json_readers_let_through_is_refused(body, field):
    application, problems = nb.parse(body)
    assert application is None
    assert [problem["field"] for problem in problems] == [field]


def test_every_loan_of_the_file_meets_the_contract():
    loans, bad = nb.read_loans(DATA / "lending_club.csv.gz")
    assert len(loans) == len(bad) == 9_857
    for row in loans.head(300).to_dict("records"):
        application, problems = nb.parse(as_bytes(row))
        assert application.model_dump() == row and not problems
