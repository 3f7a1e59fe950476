"""Which models made a version of the lake, as one hash of all that dbt ran."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any


def model_version(manifest: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of what a build ran: every model's SQL with its macros put in, every seed.

    Args:
        manifest: dbt's manifest as that build left it; one of `dbt parse` has no SQL in it.
    """
    parts = sorted(
        f"{name} {_sha256(node.get('compiled_code') or node['checksum']['checksum'])}"
        for name, node in manifest["nodes"].items()
        if node["resource_type"] in {"model", "seed"}
    )
    return _sha256("\n".join(parts))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
