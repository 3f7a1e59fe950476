"""Whatever stands in a field: what became of it is what a second, independent reading says."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.clients.contracts.mutations import raw
from tests.clients.contracts.test_malformed import parsed, rows_of, template, three
from tests.payloads.endpoints import Sample
from tests.payloads.malformed import NULL, Field
from tests.payloads.samples import SAMPLES
from tests.payloads.second_opinion import INVALID, JUDGED, exact, judged

NUMERALS = st.from_regex(
    r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?([eE][+-]?[0-9]{1,2})?", fullmatch=True
)
LITERALS = st.one_of(
    NUMERALS,
    NUMERALS.map(json.dumps),
    st.text(max_size=12).map(json.dumps),
    st.sampled_from(["NaN", "Infinity", "true", "false", "[]", "{}", '"BUY"', '"sell"', "1e999"]),
    st.integers(1577836790, 1789477210).map(str),
    st.integers(0, 2**256).map(lambda n: f'"{n}"'),
)
OPINIONS = [
    (sample, field)
    for sample in SAMPLES
    for field in sample.fields
    if field.kind in JUDGED and field.column and field.wrap("x") == "x"
]


@hypothesis_settings(max_examples=200)
@given(st.sampled_from(OPINIONS), LITERALS)
def test_whatever_stands_in_a_field_a_second_opinion_agrees_with_what_became_of_it(
    place: tuple[Sample, Field], literal: str
) -> None:
    sample, field = place
    record = template(sample) | {field.name: raw(literal)}
    page, _ = parsed(sample, three(sample, record))
    assert page is not None
    value = exact(literal)
    expected = None if value == "" and field.empty is NULL else judged(field.kind, value)
    if sample.asked_body and field.name == "asset_id":
        return  # a token nobody asked for
    found = rows_of(page).get(1)
    assert (found is None) == (expected is INVALID)
    assert found is None or found[field.column or ""] == expected
