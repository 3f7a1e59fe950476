"""Which strategies there are, what can be set about them, and what holds.

SQL strategies and their parameters are declared in the seed strategy_parameters, Python ones in
their class. What a person changed is in the ledger, version by version; a build reads the newest.

Belongs here: the catalogue, checking a change, writing it. Not here: how settings are shown
(serving/strategies.py), how dbt gets them (store/dbt_plugin.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal

import sqlalchemy as sa
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from sqlalchemy.orm import Session

from polymarket_assets.store.ledger_strategies import StrategyVersion, newest_versions
from polymarket_assets.store.seeds import strategy_parameters
from polymarket_assets.strategies.registry import BadStrategyError, python_strategies
from polymarket_assets.strategies.strategy import Strategy

DEFAULT = "default"
"""What to set a parameter to so that it follows its default again."""
ENABLED = "enabled"
PLACES = 6
"""Most decimal places of a value: the warehouse reads it as DECIMAL(18,6)."""


class UnknownStrategyError(LookupError):
    """No strategy has this name."""


class BadSettingError(ValueError):
    """A parameter does not exist, or its value is not one it may have."""


@dataclass(frozen=True)
class Parameter:
    """One number a strategy depends on: its default as text, its bounds, meaning and unit."""

    name: str
    default: str
    least: Decimal | None
    most: Decimal | None
    description: str

    @property
    def allowed(self) -> str:
        """The values it may have, in words."""
        if self.least is None:
            return "any number" if self.most is None else f"at most {_text(self.most)}"
        low = _text(self.least)
        return f"at least {low}" if self.most is None else f"{low} to {_text(self.most)}"


@dataclass(frozen=True)
class Specification:
    """A strategy as it is declared."""

    name: str
    version: str
    kind: Literal["sql", "python"]
    description: str
    is_enabled: bool
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True)
class StrategySettings:
    """A strategy as it holds now; version 0 means that nobody ever changed it."""

    specification: Specification
    version: int
    is_enabled: bool
    values: Mapping[str, str]
    changed_by: str | None
    changed_at: datetime | None

    @property
    def params_hash(self) -> str:
        """sha256 (hex) of name=value in order of name, joined by |; the same as dbt's."""
        return hashlib.sha256(
            "|".join(f"{name}={value}" for name, value in sorted(self.values.items())).encode()
        ).hexdigest()


def specifications() -> dict[str, Specification]:
    """Every strategy by name: SQL ones in the seed's order, then the Python ones.

    Raises:
        BadStrategyError: an entry point names no usable strategy, or takes a SQL strategy's name.
    """
    found = {
        name: _sql(name, list(rows))
        for name, rows in groupby(strategy_parameters(), key=itemgetter("strategy"))
    }
    python = python_strategies()
    if taken := sorted(found.keys() & python.keys()):
        raise BadStrategyError(f"{taken[0]} names a SQL strategy; rename the Python one")
    return found | {name: _python(strategy) for name, strategy in python.items()}


def settings_of_all(engine: sa.Engine) -> list[StrategySettings]:
    """What holds for each strategy."""
    held = newest_versions(engine)
    return [_settings(spec, held.get(name)) for name, spec in specifications().items()]


def settings_of(engine: sa.Engine, name: str) -> StrategySettings:
    """What holds for one strategy.

    Raises:
        UnknownStrategyError: no strategy has this name.
    """
    return _settings(_specification(name), newest_versions(engine).get(name))


def history_of(engine: sa.Engine, name: str) -> list[StrategyVersion]:
    """Every version of a strategy's settings, the newest first."""
    rows = (
        sa.select(StrategyVersion)
        .where(StrategyVersion.strategy == name)
        .order_by(StrategyVersion.version.desc())
    )
    with Session(engine, expire_on_commit=False) as session:
        return list(session.scalars(rows))


def change_settings(
    engine: sa.Engine,
    name: str,
    *,
    enabled: bool | None = None,
    values: Mapping[str, str] | None = None,
    actor: str,
    now: datetime,
) -> StrategySettings:
    """Write the next version of a strategy's settings; nothing when it changes nothing.

    Args:
        engine: the ledger.
        name: the strategy.
        enabled: whether it proposes signals from now on; None leaves it as it is.
        values: parameters to set, as text; DEFAULT lets one follow its default again.
        actor: who changes it.
        now: the platform's time.

    Raises:
        UnknownStrategyError: no strategy has this name.
        BadSettingError: a parameter or its value is wrong; says what is allowed.
    """
    spec = _specification(name)
    asked = {key: _checked(spec, key, value) for key, value in (values or {}).items()}
    with Session(engine, expire_on_commit=False) as session, session.begin():
        session.execute(
            sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"strategy-{name}")))
        )
        last = session.scalars(
            sa.select(StrategyVersion)
            .where(StrategyVersion.strategy == name)
            .order_by(StrategyVersion.version.desc())
            .limit(1)
        ).first()
        held = _settings(spec, last)
        after = {**held.values, **asked}
        is_enabled = held.is_enabled if enabled is None else enabled
        _check_together(spec, after)
        words = _words(held, is_enabled, after)
        if not words:
            return held
        defaults = {parameter.name: parameter.default for parameter in spec.parameters}
        written = StrategyVersion(
            strategy=name,
            version=held.version + 1,
            is_enabled=is_enabled,
            parameters={key: value for key, value in after.items() if value != defaults[key]},
            change="; ".join(words),
            actor=actor,
            decided_at=now,
        )
        session.add(written)
    return _settings(spec, written)


def assignments_of(texts: Iterable[str]) -> dict[str, str]:
    """Parameters from texts like `min_edge=0.01`.

    Raises:
        BadSettingError: a text is no KEY=VALUE, or a key is given twice.
    """
    values: dict[str, str] = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not (key and sign and value):
            raise BadSettingError(f"{text!r} is no KEY=VALUE, e.g. min_edge=0.01")
        if key in values:
            raise BadSettingError(f"{key} is given twice, as {values[key]} and as {value}")
        values[key] = value
    return values


def strategy_with(settings: StrategySettings) -> Strategy:
    """The Python strategy of `settings`, made with the parameters that hold."""
    strategy = python_strategies()[settings.specification.name]
    return strategy(strategy.Parameters.model_validate(dict(settings.values)))


def _specification(name: str) -> Specification:
    known = specifications()
    if name not in known:
        raise UnknownStrategyError(f"no strategy is named {name}; there are {', '.join(known)}")
    return known[name]


def _sql(name: str, rows: list[dict[str, str]]) -> Specification:
    [switch] = [row for row in rows if row["name"] == ENABLED]
    return Specification(
        name=name,
        version=switch["version"],
        kind="sql",
        description=switch["description"],
        is_enabled=switch["value"] == "true",
        parameters=tuple(
            Parameter(
                row["name"],
                row["value"],
                Decimal(row["least"]),
                Decimal(row["most"]),
                row["description"],
            )
            for row in rows
            if row["name"] != ENABLED
        ),
    )


def _python(strategy: type[Strategy]) -> Specification:
    return Specification(
        name=strategy.name,
        version=strategy.version,
        kind="python",
        description=strategy.description,
        is_enabled=False,
        parameters=tuple(
            Parameter(
                name,
                _text(Decimal(str(field.default))),
                _bound(field, "ge"),
                _bound(field, "le"),
                field.description or "",
            )
            for name, field in strategy.Parameters.model_fields.items()
        ),
    )


def _bound(field: FieldInfo, kind: str) -> Decimal | None:
    found: Iterable[Any] = (getattr(item, kind, None) for item in field.metadata)
    return next((Decimal(str(bound)) for bound in found if bound is not None), None)


def _settings(spec: Specification, held: StrategyVersion | None) -> StrategySettings:
    changed = held.parameters if held else {}
    return StrategySettings(
        specification=spec,
        version=held.version if held else 0,
        is_enabled=held.is_enabled if held else spec.is_enabled,
        values={p.name: changed.get(p.name, p.default) for p in spec.parameters},
        changed_by=held.actor if held else None,
        changed_at=held.decided_at if held else None,
    )


def _checked(spec: Specification, key: str, value: str) -> str:
    """The value as it is kept: the shortest decimal."""
    parameters = {parameter.name: parameter for parameter in spec.parameters}
    if key not in parameters:
        raise BadSettingError(
            f"{spec.name} has no parameter {key}; it has {', '.join(parameters) or 'none'}"
        )
    parameter = parameters[key]
    if value == DEFAULT:
        return parameter.default
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise BadSettingError(f"{key}={value} of {spec.name} is not a number, e.g. 0.02")
    if number != round(number, PLACES):
        raise BadSettingError(f"{key}={value} of {spec.name} has more than {PLACES} decimal places")
    least, most = parameter.least, parameter.most
    if (least is not None and number < least) or (most is not None and number > most):
        raise BadSettingError(
            f"{key}={value} of {spec.name} is out of range, it may be {parameter.allowed}: "
            f"{parameter.description}"
        )
    return _text(number)


def _check_together(spec: Specification, values: Mapping[str, str]) -> None:
    """Least values are not above greatest ones, and a Python strategy takes them as they are."""
    for low, value in values.items():
        high = low.removesuffix("_min") + "_max"
        if low.endswith("_min") and high in values and Decimal(value) > Decimal(values[high]):
            raise BadSettingError(
                f"{low}={value} of {spec.name} would be above {high}={values[high]}; "
                "set both together"
            )
    if spec.kind == "python":
        try:
            python_strategies()[spec.name].Parameters.model_validate(dict(values))
        except ValidationError as error:
            [first, *_] = error.errors()
            where = ".".join(str(part) for part in first["loc"])
            raise BadSettingError(f"{spec.name} refuses {where}: {first['msg']}") from None


def _text(number: Decimal) -> str:
    """Its shortest form without an exponent; zero has no sign."""
    return format(number.normalize() + 0, "f")


def _words(held: StrategySettings, is_enabled: bool, values: Mapping[str, str]) -> list[str]:
    words = [
        f"{name} {held.values[name]} -> {value}"
        for name, value in values.items()
        if value != held.values[name]
    ]
    if is_enabled != held.is_enabled:
        words.insert(0, "enabled" if is_enabled else "disabled")
    return words
