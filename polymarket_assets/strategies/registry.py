"""How Python strategies are found: by the entry points of installed packages.

Belongs here: loading and checking the classes. Not here: whether one is enabled, and with which
parameters (warehouse/strategy_settings.py).
"""

from __future__ import annotations

import re
from decimal import Decimal
from importlib.metadata import EntryPoint, entry_points

from polymarket_assets.strategies.strategy import Parameters, Strategy

GROUP = "polymarket_assets.strategies"
"""Entry-point group; each entry names a subclass of Strategy."""
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class BadStrategyError(RuntimeError):
    """An entry point of the group does not name a usable strategy."""


def python_strategies() -> dict[str, type[Strategy]]:
    """Every registered strategy by its name, in order of names.

    Raises:
        BadStrategyError: an entry cannot be loaded or is no complete strategy; names the entry.
    """
    found: dict[str, type[Strategy]] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        strategy = _loaded(entry)
        other = found.setdefault(strategy.name, strategy)
        if other is not strategy:
            raise BadStrategyError(
                f"two strategies are named {strategy.name}: {_where(other)} and "
                f"{_where(strategy)}; rename one of them"
            )
    return found


def _loaded(entry: EntryPoint) -> type[Strategy]:
    told = f"entry point {entry.name} = {entry.value} of the group {GROUP}"
    try:
        strategy = entry.load()
    except Exception as error:
        raise BadStrategyError(
            f"{told} cannot be loaded: {type(error).__name__}: {error}; mend or uninstall its "
            "package"
        ) from error
    if not (isinstance(strategy, type) and issubclass(strategy, Strategy)):
        raise BadStrategyError(f"{told} is no subclass of polymarket_assets.strategies Strategy")
    for attribute in ("name", "description", "version"):
        if not isinstance(getattr(strategy, attribute, None), str):
            raise BadStrategyError(f"{told} has no text `{attribute}`; give the class one")
    if not _NAME.fullmatch(strategy.name):
        raise BadStrategyError(
            f"{told} is named {strategy.name!r}; a name has lower-case letters, digits and "
            "underscores and begins with a letter"
        )
    if not issubclass(strategy.Parameters, Parameters):
        raise BadStrategyError(f"{told} has Parameters that do not derive from Parameters")
    for name, field in strategy.Parameters.model_fields.items():
        if isinstance(field.default, bool) or not isinstance(field.default, int | float | Decimal):
            raise BadStrategyError(f"{told} has no number as the default of {name}; give it one")
    return strategy


def _where(strategy: type[Strategy]) -> str:
    return f"{strategy.__module__}:{strategy.__qualname__}"
