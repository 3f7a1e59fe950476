"""All endpoints that malformed payloads are tried on."""

from __future__ import annotations

from tests.payloads.endpoints import POLYMARKET
from tests.payloads.endpoints_kalshi import KALSHI

SAMPLES = (*POLYMARKET, *KALSHI)
