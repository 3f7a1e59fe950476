"""The list of contracts: every endpoint whose records are kept has one, and its pages find it."""

from __future__ import annotations

import pytest

from polymarket_assets.clients.contracts.registry import (
    ALL,
    CONTRACTS,
    UnknownContractError,
    candidates,
    name_of,
)
from polymarket_assets.clients.endpoints import ENDPOINTS
from polymarket_assets.store.raw import ROW_TABLES

WITHOUT_RECORDS = {"kalshi_cutoff"}
"""Answers that only tell a source where to ask."""


def test_every_endpoint_with_records_has_a_contract() -> None:
    assert {e.name for e in ENDPOINTS} - WITHOUT_RECORDS == set(CONTRACTS)


def test_every_contract_s_rows_have_a_table_that_takes_its_columns() -> None:
    assert {contract.table for contract in ALL} <= set(ROW_TABLES)


@pytest.mark.parametrize("contract", ALL, ids=lambda contract: contract.name)
def test_a_stored_page_finds_its_contract_by_name_and_by_path(contract) -> None:
    path = contract.path.replace("{condition_id}", "0x1").replace("{ticker}", "KX-1")
    assert contract in candidates(contract.name, path)
    alone = sum(other.answers(path) for other in ALL) == 1
    assert name_of(path) == (contract.name if alone else None)


def test_a_page_of_an_unknown_path_is_refused_with_the_names_that_are_known() -> None:
    with pytest.raises(UnknownContractError, match="no contract reads a page of no name at /x"):
        candidates(None, "/x")
