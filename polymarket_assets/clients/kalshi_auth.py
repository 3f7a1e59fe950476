"""Kalshi's signed headers, for those who have configured a key.

Belongs here: reading the key and the three headers of a request. Public data need none; a key only
raises the rate limit. The key stays in this object: no log, error, page or table ever shows it.

Source: KALSHI-ACCESS-KEY, -TIMESTAMP (unix milliseconds) and -SIGNATURE, base64 of RSA-PSS over
timestamp + method + path (with the base address's own path, without the query).
"""

from __future__ import annotations

import base64
import stat
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from polymarket_assets.clients.rsa_pss import KeyFormatError, RsaKey
from polymarket_assets.settings import Settings

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class KalshiKeyError(RuntimeError):
    """The configured key can not be used; the message says why and what to do."""


@dataclass(frozen=True)
class KalshiSigner:
    """Signs requests; its representation shows neither the key nor its id."""

    key_id: str = field(repr=False)
    key: RsaKey = field(repr=False)

    def headers(self, method: str, path: str, now_s: float) -> dict[str, str]:
        """The headers of one request.

        Args:
            method: HTTP method.
            path: path from the host on, without the query.
            now_s: real time, unix seconds.
        """
        timestamp = str(int(now_s * 1000))
        signature = self.key.sign(f"{timestamp}{method}{path}".encode())
        return {
            "KALSHI-ACCESS-KEY": self.key_id,
            "KALSHI-ACCESS-TIMESTAMP": timestamp,
            "KALSHI-ACCESS-SIGNATURE": base64.b64encode(signature).decode(),
        }


def kalshi_signer(settings: Settings) -> KalshiSigner | None:
    """The signer of the configured key; None when none is configured.

    Raises:
        KalshiKeyError: only half of it is configured, or the file is no private key of ours alone.
    """
    key_id, file = settings.kalshi_key_id, settings.kalshi_key_file
    if key_id is None and file is None:
        return None
    if key_id is None or file is None:
        raise KalshiKeyError(
            "PM_KALSHI_KEY_ID and PM_KALSHI_KEY_FILE go together; set both, or none: "
            "public data need no key"
        )
    return KalshiSigner(key_id, _key(file.expanduser()))


@cache
def _key(file: Path) -> RsaKey:
    try:
        if file.stat().st_mode & _OTHERS:
            raise KalshiKeyError(f"PM_KALSHI_KEY_FILE {file} can be read by others; chmod 600 it")
        return RsaKey.from_pem(file.read_text())
    except (OSError, UnicodeDecodeError) as error:
        problem = error.strerror if isinstance(error, OSError) else "not a text"
        raise KalshiKeyError(f"PM_KALSHI_KEY_FILE {file}: {problem}; check the path") from None
    except KeyFormatError as error:
        raise KalshiKeyError(f"PM_KALSHI_KEY_FILE {file}: {error}") from None
