"""Settings: the only reader of the environment (prefix PM_, or a `.env` beside pyproject.toml).

Every setting of the platform is a field here with its unit and meaning; `polymarket config show`
prints this page. Code elsewhere receives a `Settings` and never looks at `os.environ`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Literal

from dotenv import dotenv_values
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from polymarket_assets.domain import tiers


def project_root(start: Path | None = None) -> Path:
    """The nearest folder at or above `start` with a pyproject.toml, else the package's parent."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "pyproject.toml").is_file():
            return folder
    return Path(__file__).resolve().parent.parent


SCHEDULE_MINUTES = (5, 6, 10, 12, 15, 20, 30, 60)
"""Intervals a schedule may have: parts of an hour, none finer than a run of Dagster costs."""


class Settings(BaseSettings):
    """All settings, validated once; unknown PM_ variables are reported by `unknown_variables`."""

    model_config = SettingsConfigDict(
        env_prefix="PM_", extra="ignore", frozen=True, env_ignore_empty=True
    )

    # Stores
    home: Path = Field(Path(".polymarket"), description="folder of everything this platform keeps")
    postgres_url: SecretStr | None = Field(
        None, description="Postgres to use instead of the embedded server (postgresql://…)"
    )
    lake_data: str | None = Field(
        None, description="folder or s3:// prefix of the lake's Parquet files; default HOME/lake"
    )
    lake_memory_limit: str = Field("1200MB", description="memory limit of each DuckDB connection")
    lake_threads: int = Field(2, ge=1, description="threads of each DuckDB connection")
    postgres_idle_minutes: int = Field(
        30, ge=1, description="minutes without a client after which the embedded Postgres stops"
    )

    # Venues
    gamma_url: str = Field("https://gamma-api.polymarket.com", description="Gamma base URL")
    clob_url: str = Field("https://clob.polymarket.com", description="CLOB base URL")
    data_url: str = Field(
        "https://data-api.polymarket.com", description="Data API base URL, without /v2"
    )
    clob_ws_url: str = Field(
        "wss://ws-subscriptions-clob.polymarket.com/ws", description="CLOB WebSocket base URL"
    )
    kalshi_url: str = Field(
        "https://external-api.kalshi.com/trade-api/v2", description="Kalshi base URL"
    )

    # Clock and coverage
    now: datetime | None = Field(
        None, description="start of the platform's clock (RFC 3339); refused in live mode"
    )
    start_date: date = Field(date(2020, 10, 1), description="first daily partition (UTC)")
    universe: Literal["all", "crypto", "tags"] = Field(
        "all", description="markets whose books and trading terms are collected live"
    )
    universe_tags: str = Field("", description="comma-separated tag slugs when UNIVERSE=tags")
    min_volume_24h: Decimal = Field(
        Decimal(100), ge=0, description="least 24 h volume (USD) of a market in the universe"
    )
    lookahead_hours: int = Field(
        336, ge=1, description="the universe holds markets that end within this many hours"
    )
    max_resolution_days: int | None = Field(
        None,
        ge=1,
        description="the universe's markets, of any venue, end within this many days; arbitrage: 7",
    )
    tier_boundaries_h: str = Field(
        "48,12,4,1", description="hours to the end at which a market enters tiers T1, T2, T3, T4"
    )
    tier_intervals_s: str = Field(
        "3600,300,300,300,300", description="seconds between book snapshots in tiers T0 to T4"
    )
    clob_markets_max_age_h: int = Field(
        24, ge=1, description="hours after which a market's tick and fee are asked for again"
    )
    schedule_markets_minutes: int = Field(15, description="minutes between runs of the lists")
    schedule_live_minutes: int = Field(5, description="minutes between runs of fills and books")
    schedule_follow_minutes: int = Field(10, description="minutes between runs of tracked wallets")
    schedule_prices_minutes: int = Field(60, description="minutes between runs of price history")
    schedule_warehouse_minutes: int = Field(5, description="minutes between builds")
    schedule_trade_minutes: int = Field(5, description="minutes between executor steps")
    leaderboard_categories: str = Field(
        "overall,politics,sports,crypto", description="venue leaderboard categories to collect"
    )
    track_top: int = Field(
        100, ge=0, description="wallets tracked of each leaderboard of the first category"
    )
    track_wallets: str = Field("", description="comma-separated addresses to track besides")
    track_markets: int = Field(
        500, ge=0, description="markets with most money of tracked wallets whose holders are listed"
    )
    keep_pages_days: int = Field(90, ge=1, description="days the bytes of list pages are kept")

    # HTTP
    http_timeout_s: float = Field(20, gt=0, description="seconds one request may take in all")
    http_deadline_s: float = Field(
        180, gt=0, description="seconds a request may take with all its retries"
    )
    http_attempts: int = Field(8, ge=1, description="attempts per request, the first included")
    http_connections: int = Field(16, ge=1, description="requests in flight per process")
    http_max_body_mb: int = Field(20, ge=1, description="largest accepted body, decompressed")
    http_rate_factor: float = Field(
        0.97, gt=0, le=1, description="share of each documented rate limit that is used"
    )
    rates: bool = Field(
        True, description="keep to the venues' documented rate limits (false only for benchmarks)"
    )

    # Execution
    mode: Literal["paper", "live"] = Field("paper", description="which broker receives orders")
    key_file: Path | None = Field(None, description="0600 file with the signing key (live)")
    funder: str | None = Field(None, description="wallet that holds the funds (live)")
    kalshi_key_id: str | None = Field(None, description="Kalshi API key id")
    kalshi_key_file: Path | None = Field(None, description="0600 file with the Kalshi key")
    paper_cash_usd: Decimal = Field(Decimal(1000), gt=0, description="starting cash of paper mode")
    sizing_fixed_usd: Decimal = Field(
        Decimal(10), gt=0, description="notional of each entry order, USD"
    )
    sizing_depth_share: Decimal = Field(
        Decimal("0.25"), gt=0, le=1, description="largest share of the book's depth one order takes"
    )
    risk_max_position_usd: Decimal = Field(
        Decimal(100), gt=0, description="largest cost of one position, USD"
    )
    risk_max_total_usd: Decimal = Field(
        Decimal(1000), gt=0, description="largest cost of all positions, USD"
    )
    risk_max_positions: int = Field(20, ge=1, description="most positions open at once")
    risk_max_drawdown: Decimal = Field(
        Decimal("0.15"), gt=0, lt=1, description="fall from the equity peak that stops trading"
    )
    approval_minutes: int = Field(15, ge=1, description="minutes a batch approval lives")
    approval_auto: bool = Field(
        True, description="approve risk-passed signals automatically (paper mode only)"
    )
    book_max_age_s: int = Field(60, ge=1, description="oldest book an order may be filled against")

    # Logs
    log_format: Literal["plain", "json"] = Field("plain", description="format on stderr")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="least level that is logged"
    )

    # Fault injection, used by the crash tests
    crash_at: str | None = Field(
        None, description="NAME:N kills this process (SIGKILL) at the N-th passing of point NAME"
    )
    build_lock: str | None = Field(
        None, description="set by the platform for the dbt it starts while holding the build lock"
    )

    def __init__(self, **values: object) -> None:
        values.setdefault("_env_file", project_root() / ".env")
        super().__init__(**values)  # ty: ignore[invalid-argument-type]

    @field_validator("home")
    @classmethod
    def _absolute_home(cls, home: Path) -> Path:
        return home.expanduser() if home.is_absolute() else (project_root() / home.expanduser())

    @field_validator("gamma_url", "clob_url", "data_url", "clob_ws_url", "kalshi_url")
    @classmethod
    def _plain_base_url(cls, url: str) -> str:
        if not url.startswith(("http://", "https://", "ws://", "wss://")) or "@" in url:
            msg = f"{url!r} is not a base URL; expected e.g. https://host or http://127.0.0.1:8800/data"
            raise ValueError(msg)
        return url.rstrip("/")

    @field_validator("tier_boundaries_h")
    @classmethod
    def _falling_boundaries(cls, text: str) -> str:
        tiers.parse_boundaries(text)
        return text

    @field_validator("tier_intervals_s")
    @classmethod
    def _an_interval_per_tier(cls, text: str) -> str:
        tiers.parse_intervals(text)
        return text

    @field_validator(
        "schedule_markets_minutes",
        "schedule_live_minutes",
        "schedule_follow_minutes",
        "schedule_prices_minutes",
        "schedule_warehouse_minutes",
        "schedule_trade_minutes",
    )
    @classmethod
    def _regular_schedule(cls, minutes: int) -> int:
        if minutes not in SCHEDULE_MINUTES:
            choices = ", ".join(map(str, SCHEDULE_MINUTES))
            msg = f"{minutes} min is no regular part of an hour; choose one of {choices}"
            raise ValueError(msg)
        return minutes

    @field_validator("now")
    @classmethod
    def _aware_now(cls, now: datetime | None) -> datetime | None:
        if now is None:
            return None
        if now.tzinfo is None:
            msg = "needs a time zone, e.g. 2022-11-20T00:00:00Z"
            raise ValueError(msg)
        return now.astimezone(UTC)

    @model_validator(mode="after")
    def _no_clock_in_live(self) -> Settings:
        if self.mode == "live" and self.now is not None:
            msg = "PM_NOW is refused in live mode: orders need the real time; unset one of the two"
            raise ValueError(msg)
        return self

    @cached_property
    def lake_path(self) -> str:
        """Absolute data path of the lake, with a trailing slash as DuckLake stores it."""
        if self.lake_data and "://" in self.lake_data:
            return self.lake_data.rstrip("/") + "/"
        folder = Path(self.lake_data) if self.lake_data else self.home / "lake"
        return str(folder.expanduser().resolve()) + "/"

    @property
    def logs_path(self) -> Path:
        """Folder of the rotated log files."""
        return self.home / "logs"


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment; keyword arguments win (tests pass what they need)."""
    return Settings(**overrides)


def origins() -> dict[str, str]:
    """Where the value of each field comes from: "environment", ".env" or "default".

    The environment wins over the file, and an empty value counts as none, as `Settings` reads them.
    """
    places = {"environment": os.environ, ".env": _dotenv()}
    given = {
        origin: {name.upper() for name, value in values.items() if value}
        for origin, values in places.items()
    }
    return {
        field: next((o for o, names in given.items() if f"PM_{field.upper()}" in names), "default")
        for field in Settings.model_fields
    }


def _dotenv() -> Mapping[str, str | None]:
    return dotenv_values(project_root() / ".env")


def unknown_variables(environment: Mapping[str, str | None] | None = None) -> list[str]:
    """PM_ variables (of the environment and `.env`) that name no setting: likely a typing error.

    PM_RATE_<ENDPOINT> is known, `rate_override` reads it; PM_BENCH_* belongs to benchmarks.
    """
    names = {f"PM_{name.upper()}" for name in Settings.model_fields}
    return sorted(
        name
        for name in (environment if environment is not None else {**_dotenv(), **os.environ})
        if name.startswith("PM_")
        and name not in names
        and not name.startswith(("PM_RATE_", "PM_BENCH_"))
    )


def rate_override(endpoint: str, environment: Mapping[str, str] | None = None) -> int | None:
    """PM_RATE_<ENDPOINT>: requests per 10 s for one endpoint instead of the documented limit."""
    name = f"PM_RATE_{endpoint.upper()}"
    text = (environment if environment is not None else os.environ).get(name)
    if text is None:
        return None
    if not text.isdigit() or int(text) < 1:
        msg = f"{name}={text!r}: expected a whole number of requests per 10 s, at least 1"
        raise ValueError(msg)
    return int(text)
