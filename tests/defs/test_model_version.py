"""The version of the models: the same for the same SQL and seeds, another for any other."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest

from polymarket_assets.defs.warehouse.model_version import model_version

BUILT: dict[str, Any] = {
    "nodes": {
        "model.a": {
            "resource_type": "model",
            "compiled_code": "select 1",
            "checksum": {"checksum": "of the file"},
        },
        "seed.b": {"resource_type": "seed", "checksum": {"checksum": "b1"}},
        "test.c": {"resource_type": "test", "compiled_code": "select 2"},
    }
}


def changed(name: str, **values: Any) -> dict[str, Any]:
    made = copy.deepcopy(BUILT)
    made["nodes"][name] |= values
    return made


def test_it_is_a_hash_that_the_order_of_nodes_does_not_change() -> None:
    turned = {"nodes": dict(reversed(BUILT["nodes"].items()))}
    assert model_version(turned) == model_version(BUILT)
    assert re.fullmatch("[0-9a-f]{64}", model_version(BUILT))


@pytest.mark.parametrize(
    ("other", "is_another"),
    [
        (changed("model.a", compiled_code="select 3"), True),
        (changed("seed.b", checksum={"checksum": "b2"}), True),
        (changed("model.a", checksum={"checksum": "of a file with other comments"}), False),
        (changed("test.c", compiled_code="select 3"), False),
        ({"nodes": {"model.a": BUILT["nodes"]["model.a"]}}, True),
    ],
)
def test_what_was_run_makes_the_version(other: dict[str, Any], is_another: bool) -> None:
    assert (model_version(other) != model_version(BUILT)) == is_another
