"""Every class of malformed payload on every endpoint: nothing accepted wrong, nothing lost.

The classes and what must become of them are in tests/payloads/malformed.py, the endpoints in
tests/payloads/endpoints.py. `pytest -s -k counts` prints the table.
"""

from __future__ import annotations

import json
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from polymarket_assets.clients.contracts.page import ParsedPage
from polymarket_assets.clients.contracts.registry import ALL, CONTRACTS, Contract, name_of
from polymarket_assets.clients.errors import MalformedPageError
from polymarket_assets.store.raw import ROW_TABLES
from tests.clients.contracts.mutations import broken_pages, parsed_or_refused, raw, written
from tests.payloads.endpoints import RECORDED, Sample
from tests.payloads.malformed import (
    KEEP,
    MISSING,
    NULL,
    NUMBERS,
    PAGE,
    REJECT,
    SAME,
    Case,
    Field,
    Outcome,
    Record,
    values,
)
from tests.payloads.malformed_pages import RECORDS, page_classes
from tests.payloads.samples import SAMPLES
from tests.payloads.second_opinion import exact

SECONDS = 5
"""CPU seconds the worst payload may take."""
MEGABYTES = 256
"""Memory all of them together may add."""


def _recorded() -> Iterator[Sample]:
    """The samples over recorded records, where these are present."""
    for sample in SAMPLES:
        file = RECORDED / sample.recorded
        if not sample.recorded or not file.is_file():
            continue
        page = json.loads(file.read_text())
        records = page.get(sample.key, [page]) if isinstance(page, dict) else page
        yield replace(sample, page=sample.with_records(records))


BASES: dict[str, Sample] = {sample.contract: sample for sample in SAMPLES if not sample.alone}
BASES |= {f"{sample.contract} recorded": sample for sample in _recorded()}
Check = Callable[[ParsedPage, ParsedPage], None]


@dataclass(frozen=True)
class Trial:
    """One malformed page: what must happen, and how an accepted one is looked at."""

    label: str
    body: bytes
    outcome: Outcome
    reason: str = ""
    row: bytes = b""
    check: Check | None = None


def contract(sample: Sample) -> Contract:
    endpoint, _, version = sample.contract.partition("/")
    return CONTRACTS[endpoint][version]


def parse(sample: Sample, body: bytes) -> ParsedPage:
    return contract(sample).parse(body, sample.asked)


def three(sample: Sample, middle: Any) -> bytes:
    """A page of a good record, another one, and a good record."""
    return written(sample.with_records([sample.records[0], middle, sample.records[-1]]))


def template(sample: Sample) -> Record:
    return sample.records[0]


def rows_of(page: ParsedPage) -> dict[int, Record]:
    """Rows by position, without it."""
    return {row.pop("position"): row for row in page.table.to_pylist()}


def kept_as(sample: Sample, record: Record) -> Record:
    """What the payload of an accepted record must hold."""
    whole = exact(written(record))
    if sample.nested and sample.nested[0] in whole:
        outer, ids, own = sample.nested
        whole[ids] = [inner[own] for inner in whole.pop(outer) or ()]
    return whole


def looked_at(sample: Sample, record: Record, changed: Record) -> Check:
    """A check that the middle row is the good one with `changed` columns, and its payload exact."""

    def check(good: ParsedPage, page: ParsedPage) -> None:
        assert page.rejected == ()
        expected, found = rows_of(good)[1] | changed, rows_of(page)[1]
        if sample.nested:
            assert exact(found["payload"]) == kept_as(sample, record)
            for name in ("payload", "payload_sha256"):
                del expected[name], found[name]
        assert found == expected

    return check


def of_field(sample: Sample, field: Field, case: Case) -> Trial:
    record = dict(template(sample))
    before = record.get(field.name)
    if isinstance(before, list | dict):
        before = "0.5"  # a value inside
    put = MISSING if case.value is MISSING else case.put(before)
    value = field.wrap(put)
    record[field.name] = value
    if value is MISSING:
        del record[field.name]
    changed: Record = {}
    if case.outcome is NULL and field.column:
        changed[field.column] = None
    elif case.outcome is KEEP and field.column:
        kept = case.kept(put) if callable(case.kept) else case.kept
        changed[field.column] = field.shown(put if case.kept is SAME else kept)
    return Trial(
        f"{field.name}: {case.value!r:.60}",
        three(sample, record),
        case.outcome,
        field.name,
        written(record),
        looked_at(sample, record, changed),
    )


def of_record(sample: Sample, name: str) -> Trial:
    broken = RECORDS[name](template(sample))
    return Trial(name, three(sample, broken), REJECT, "", written(broken))


def of_structure(sample: Sample) -> Iterator[tuple[str, Trial]]:
    """Classes of the record's structure: names, order, doubles, fields nobody knows."""
    record = template(sample)
    # A field that is typed as it is decoded: of an exact number the last spelling alone counts.
    known = next(
        f
        for f in sample.fields
        if f.missing is REJECT and f.kind not in NUMBERS and f.wrap("x") == "x"
    )
    name, good = known.name, json.dumps(record[known.name])
    fine = looked_at(sample, record, {})
    for kind, extra in (
        ("a field nobody knows", {"moon_phase": "full"}),
        ("an object nobody knows", {"moon": {"phase": {"name": ["full", None, 1e3]}}}),
        ("a field named like a method", {"__class__": "x", "": None}),
    ):
        more = record | extra
        yield kind, Trial(kind, three(sample, more), KEEP, check=looked_at(sample, more, {}))
    renamed = {("x_" + n if n == name else n): v for n, v in record.items()}
    yield (
        "a field renamed",
        Trial("renamed", three(sample, renamed), REJECT, name, written(renamed)),
    )
    bad_last = record | {name: raw(f'{good},"{name}":[0]')}
    yield (
        "a key twice, the last one bad",
        Trial("twice", three(sample, bad_last), REJECT, name, written(bad_last)),
    )
    bad_first = record | {name: raw(f'[0],"{name}":{good}')}
    yield (
        "a key twice, the first one bad",
        Trial("twice", three(sample, bad_first), REJECT, name, written(bad_first)),
    )
    twice = record | {name: raw(f'{good},"{name}":{good}')}
    yield "a key twice, both good", Trial("twice", three(sample, twice), KEEP, check=fine)
    escaped = written(record).replace(
        f'"{name}"'.encode(), f'"\\u{ord(name[0]):04x}{name[1:]}"'.encode(), 1
    )
    page = three(sample, "@here@").replace(b'"@here@"', escaped)
    yield "a key spelled with escapes", Trial("escaped", page, KEEP, check=fine)
    backwards = dict(reversed(record.items()))
    yield "fields in another order", Trial("order", three(sample, backwards), KEEP, check=fine)
    spaced = raw(json.dumps(record, indent=3, separators=(" ,\r", "\t:\n")))
    yield "white space everywhere", Trial("space", three(sample, spaced), KEEP, check=fine)
    for one, other in sample.swaps:
        swapped = record | {one: record.get(other), other: record.get(one)}
        yield (
            "two fields swapped",
            Trial(f"{one} and {other}", three(sample, swapped), REJECT, "", written(swapped)),
        )


def of_page(sample: Sample) -> Iterator[tuple[str, Trial]]:
    good = written(sample.page)
    for name, body in page_classes(good, sample.key).items():
        yield name, Trial(name, body, PAGE)
    for name, (changes, _) in sample.pages.items():
        yield name, Trial(name, written(sample.page | changes), PAGE)


@cache
def trials(base: str) -> dict[str, list[Trial]]:
    """All trials of one endpoint by their class."""
    sample = BASES[base]
    found: dict[str, list[Trial]] = defaultdict(list)
    for field in sample.fields:
        for name, case in values(field):
            found[name].append(of_field(sample, field, case))
    for name in RECORDS:
        found[name].append(of_record(sample, name))
    for special in sample.specials:
        record = template(sample) | special.changes
        found[special.name].append(
            Trial(
                special.name,
                three(sample, record),
                special.outcome,
                special.reason,
                written(record),
                looked_at(sample, record, {}),
            )
        )
    for name, trial in (*of_structure(sample), *of_page(sample)):
        found[name].append(trial)
    return found


def parsed(sample: Sample, body: bytes) -> tuple[ParsedPage | None, str | None]:
    """The page with its counts added up, or the endpoint its refusal names."""
    refusal = None

    def noting(body: bytes) -> ParsedPage:
        nonlocal refusal
        try:
            return parse(sample, body)
        except MalformedPageError as error:
            refusal = error.endpoint
            raise

    return parsed_or_refused(noting, body), refusal


def tried(sample: Sample, good: ParsedPage, trial: Trial) -> None:
    """Parse one malformed page and see that what must happen has happened."""
    label = f"{trial.label} ({trial.outcome.name})"
    began = time.process_time()
    page, refusal = parsed(sample, trial.body)
    assert time.process_time() - began < SECONDS, label
    if trial.outcome is PAGE:
        assert page is None, f"{label}: the page was accepted"
        assert refusal == (sample.refusals or contract(sample).endpoint), label
        return
    assert page is not None, f"{label}: the page was refused as a whole"
    assert page.row_count == good.row_count, label
    assert page.next_cursor == good.next_cursor, label
    expected, found = rows_of(good), rows_of(page)
    assert {p: found.get(p) for p in (0, 2)} == {p: expected[p] for p in (0, 2)}, label
    if trial.outcome is REJECT:
        assert [rejected.position for rejected in page.rejected] == [1], f"{label}: accepted"
        [rejected] = page.rejected
        assert rejected.reason.startswith(trial.reason), f"{label}: {rejected.reason}"
        assert ": " in rejected.reason, label
        assert rejected.row == trial.row, label
    else:
        assert trial.check is not None
        trial.check(good, page)


@pytest.mark.parametrize("base", BASES)
def test_nothing_malformed_is_accepted_wrong_or_takes_a_neighbour_with_it(base: str) -> None:
    sample = BASES[base]
    good = parse(sample, three(sample, template(sample)))
    assert (good.table.num_rows, good.rejected) == (3, ()), good.rejected
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    failures = []
    for name, some in trials(base).items():
        for trial in some:
            try:
                tried(sample, good, trial)
            except (AssertionError, Exception) as error:
                failures.append(f"{name}: {type(error).__name__}: {error}"[:300])
    assert not failures, "\n".join([f"{len(failures)} of {base}", *failures])
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < MEGABYTES * 1000


def test_there_are_at_least_sixty_classes_on_every_endpoint_and_their_counts_are_these(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = [
        f"{'endpoint':34}{'classes':>9}{'payloads':>10}" + "".join(f"{o.name:>9}" for o in Outcome)
    ]
    everything: set[str] = set()
    for base in BASES:
        found = trials(base)
        everything |= set(found)
        outcomes = Counter(trial.outcome for some in found.values() for trial in some)
        counts = "".join(f"{outcomes[outcome]:>9}" for outcome in Outcome)
        lines.append(f"{base:34}{len(found):>9}{outcomes.total():>10}{counts}")
        assert len(found) >= 60
    lines.append(f"{len(everything)} classes in all")
    with capsys.disabled():
        print("", *lines, sep="\n")


def test_every_contract_has_its_sample_and_its_table() -> None:
    assert {sample.contract for sample in SAMPLES} == {contract.name for contract in ALL}
    for one in ALL:
        assert one.required <= one.known
        assert one.table in ROW_TABLES


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.contract)
def test_a_page_says_which_contract_read_it_and_which_fields_are_new(sample: Sample) -> None:
    page = parse(sample, written(sample.page))
    own = page.contract or name_of(contract(sample).path)
    assert (own, page.unknown_fields) == (sample.contract, frozenset())
    assert page.table.schema == ROW_TABLES[contract(sample).table].parser_schema
    new = sample.with_records([template(sample) | {"moon_phase": "full"}])
    assert parse(sample, written(new)).unknown_fields == {"moon_phase"}


@pytest.mark.parametrize(
    "sample", [s for s in SAMPLES if not s.alone], ids=lambda sample: sample.contract
)
def test_every_required_field_is_asked_for(sample: Sample) -> None:
    for name in contract(sample).required:
        record = {n: v for n, v in template(sample).items() if n != name}
        page = parse(sample, three(sample, record))
        assert [r.reason for r in page.rejected] == [f"{name}: missing; got nothing"]


@hypothesis_settings(max_examples=60)
@given(st.sampled_from(SAMPLES), st.binary(max_size=300))
def test_bytes_of_any_kind_are_refused_by_name_or_add_up(sample: Sample, body: bytes) -> None:
    parsed(sample, body)


@hypothesis_settings(max_examples=150)
@given(st.sampled_from(SAMPLES), st.data())
def test_a_page_broken_anywhere_is_refused_by_name_or_adds_up(
    sample: Sample, data: st.DataObject
) -> None:
    parsed(sample, data.draw(broken_pages(sample.page)))
