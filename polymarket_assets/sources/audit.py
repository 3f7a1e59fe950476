"""Whether what is held is all that was received: raw rows against the bytes of their pages.

The pages are parsed again here, apart from the parser that made the rows, and compared page by
page: a row lost or doubled shows as a difference of counts, a changed value as one of sums.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import orjson

from polymarket_assets.domain.windows import DAY, DayWindow, start_of_day
from polymarket_assets.sources import audit_kalshi
from polymarket_assets.store.lake import Lake

PAGES_AT_ONCE = 32
"""Bodies read at once; a body has at most some megabytes."""
MICRO = 1_000_000
LONGER = 0.01
"""Part of a micro-unit: far below the half of one, far above the error of an ordinary float."""


@dataclass(frozen=True)
class Audit:
    """One raw table against its pages; `problems` is empty when they agree.

    Attributes:
        source: the source, named like its table.
        pages: pages compared.
        records_in_pages: records their bodies hold.
        rows_of_pages: rows of the table that name these pages.
        unchanged: records that were not written, since they were held already.
        quarantined: records kept in raw.quarantine that no later reading has accepted.
        sum_in_pages: sum of a value over the records of pages that were written whole.
        sum_of_rows: the same over their rows.
        miscounted: pages whose records are not their rows, unchanged and quarantined records.
        missummed: pages of which some value's sum differs between records and rows.
        unreadable: pages whose body is no strict JSON (their records were cut out of it leniently).
        example: a page that differs.
    """

    source: str
    pages: int
    records_in_pages: int
    rows_of_pages: int
    unchanged: int
    quarantined: int
    sum_in_pages: Decimal
    sum_of_rows: Decimal
    miscounted: int
    missummed: int
    unreadable: int
    example: str | None

    @property
    def problems(self) -> list[str]:
        """What does not add up, in words."""
        found = []
        if self.miscounted:
            kept = self.rows_of_pages + self.unchanged + self.quarantined
            found.append(
                f"the pages hold {self.records_in_pages} records, but {self.rows_of_pages} rows, "
                f"{self.unchanged} unchanged and {self.quarantined} quarantined make {kept}: "
                f"{self.miscounted} pages differ, e.g. {self.example}"
            )
        if self.missummed:
            found.append(
                f"the values of {self.missummed} pages and their rows add up differently, "
                f"e.g. of {self.example}; in all {self.sum_in_pages} and {self.sum_of_rows}"
            )
        return found


Record = dict[str, Any]
Values = Callable[[Record], Any]


@dataclass(frozen=True)
class Shape:
    """Where a source's records lie in a page, and which of their values are added up.

    `records` gives a page's records; `values` pairs a record's numbers with an expression over the
    table. The first pair's sums are reported.
    """

    records: Callable[[Any], list[Record]]
    values: tuple[tuple[Values, str], ...]


def _listed(name: str) -> Callable[[Any], list[Record]]:
    return lambda page: page[name]


def _of_any_version(page: Any) -> list[Record]:
    """The records of a page of the Data API: v2 wraps them, v1 does not."""
    return page if isinstance(page, list) else page["data"]


def _field(name: str) -> Values:
    return lambda record: record.get(name)


def _either(name: str, other: str) -> Values:
    return lambda record: record.get(name, record.get(other))


def _paid(resolution: Record) -> float | None:
    """The sum of a market's payouts, pUSD a share."""
    payouts = resolution.get("payouts")
    return sum(payouts) / MICRO if payouts else None


def _levels(side: str) -> tuple[Values, str]:
    return (
        lambda book: sum(float(level["size"]) for level in book[side]),
        f"list_sum(list_transform({side}, lambda level: level.size))",
    )


def _alone(record: Any) -> list[Record]:
    return [record]


def _points(page: Any) -> list[Record]:
    return [point for points in page["history"].values() for point in points]


SHAPES = {
    "gamma_events": Shape(_listed("events"), ((_field("id"), "event_id"),)),
    "gamma_markets": Shape(_listed("markets"), ((_field("id"), "market_id"),)),
    "gamma_tags": Shape(lambda page: page, ((_field("id"), "tag_id"),)),
    "data_trades": Shape(
        _of_any_version,
        (
            (_field("size"), "size"),
            (_field("price"), "price"),
            (_field("timestamp"), "epoch(event_at)"),
        ),
    ),
    "data_leaderboard": Shape(
        _listed("data"),
        (
            (_field("volume"), "volume_shares"),
            (_field("pnl"), "pnl_usd"),
            (_field("rank"), "rank"),
        ),
    ),
    "data_activity": Shape(
        _of_any_version,
        (
            (_field("size"), "size"),
            (_either("usdc_size", "usdcSize"), "usdc_size"),
            (_field("timestamp"), "epoch(event_at)"),
        ),
    ),
    "data_positions": Shape(
        _listed("data"),
        ((_field("current_size"), "size"), (_field("current_value"), "current_value_usd")),
    ),
    "data_holders": Shape(
        lambda page: [holder for group in page["data"] for holder in group["holders"] or ()],
        ((_field("amount"), "size"),),
    ),
    "data_resolutions": Shape(_listed("data"), ((_paid, "list_sum(payouts)"),)),
    "clob_books": Shape(lambda page: page, (_levels("bids"), _levels("asks"))),
    "clob_markets": Shape(
        _alone,
        (
            (_field("mts"), "payload ->> '$.mts'"),
            (_field("mos"), "payload ->> '$.mos'"),
        ),
    ),
    "clob_prices": Shape(_points, ((_field("p"), "price"), (_field("t"), "epoch(event_at)"))),
    **{name: Shape(records, values) for name, (records, values) in audit_kalshi.SHAPES.items()},
}


def last_but_one_run(lake: Lake, source: str) -> datetime | None:
    """When the run before the last one ended: everything since is the last one's, or nobody's."""
    ended = lake.rows(_ENDED, [source])
    return ended[1][0] if len(ended) > 1 else None


_ENDED = "select ended_at from ops.source_runs where source = ? order by ended_at desc limit 2"


def audit(lake: Lake, source: str, received: DayWindow, *, since: datetime | None = None) -> Audit:
    """Compare the rows of `source` with its pages received on the days of `received`.

    Args:
        lake: where both are.
        source: whose rows.
        received: days on which the pages were received.
        since: leave out the pages received before.
    """
    shape = SHAPES[source]
    window: dict[str, object] = {"source": source, "from": received.first, "to": received.last}
    begin = start_of_day(received.first)
    begin = max(begin, since) if since else begin
    count = _Count(source)
    pages_of = defaultdict(list)
    for page_id, day, digest, row_count, unchanged in lake.rows(_PAGES, window | {"since": begin}):
        pages_of[day, digest].append((page_id, row_count, unchanged))
    if not pages_of:
        return count.audit()
    rows = _rows(lake, source, shape, begin, start_of_day(received.last) + DAY)
    rejected = dict(lake.rows(_QUARANTINED, window))
    nothing = (0,) * (1 + len(shape.values))

    def compare(key: tuple[Any, str], parsed: _Parsed | None) -> None:
        for page_id, row_count, unchanged in pages_of.pop(key, ()):
            count.page(
                page_id,
                row_count=row_count,
                unchanged=unchanged,
                quarantined=rejected.get(page_id, 0),
                written=rows.get(page_id, nothing),
                parsed=parsed,
            )

    for day, digest, body in _bodies(lake, window, {digest for _, digest in pages_of}):
        compare((day, digest), _parse(body, shape))
    for key in list(pages_of):
        compare(key, None)
    return count.audit()


@dataclass(frozen=True)
class _Parsed:
    """A page's records: their number, the sums of their values, how far rounding may be off."""

    records: int
    sums: tuple[int, ...]
    slack: tuple[int, ...]


def _parse(body: bytes, shape: Shape) -> _Parsed | None:
    """The page read anew; None when it is not what the source's pages are."""
    try:
        records = shape.records(orjson.loads(body))
        columns = [
            np.array([float(v) for r in records if (v := values(r)) is not None])
            for values, _ in shape.values
        ]
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    exact = [column * MICRO for column in columns]
    whole = [np.round(column) for column in exact]
    slack = [_slack(e, w) for e, w in zip(exact, whole, strict=True)]
    return _Parsed(len(records), tuple(int(w.astype(np.int64).sum()) for w in whole), tuple(slack))


def _slack(exact: np.ndarray[Any, Any], whole: np.ndarray[Any, Any]) -> int:
    """Micro-units by which the sum of a column may differ though every row is right.

    Six places are kept, so a longer value may be off by one in the last of them; and beyond some
    billions a float no longer tells all six apart.
    """
    longer = np.abs(exact - whole) > LONGER
    coarse = 2 * np.spacing(np.abs(exact))
    return int(longer.sum() + np.ceil(coarse[coarse > LONGER]).sum())


class _Count:
    """The account of one source, page by page."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._sums = dict.fromkeys(
            ("pages", "records_in_pages", "rows_of_pages", "unchanged", "quarantined"), 0
        )
        self._in_pages = self._of_rows = 0
        self._bad = {"miscounted": 0, "missummed": 0, "unreadable": 0}
        self._example: str | None = None

    def page(
        self,
        page_id: str,
        *,
        row_count: int,
        unchanged: int,
        quarantined: int,
        written: tuple[int, ...],
        parsed: _Parsed | None,
    ) -> None:
        """Compare one page with its rows (their number, then the sums of their values)."""
        records = parsed.records if parsed else row_count
        for name, value in zip(
            self._sums, (1, records, written[0], unchanged, quarantined), strict=True
        ):
            self._sums[name] += value
        if records != written[0] + unchanged + quarantined:
            self._bad["miscounted"] += 1
            self._example = self._example or page_id
        if parsed is None:
            self._bad["unreadable"] += 1
        elif unchanged == quarantined == 0:
            self._in_pages += parsed.sums[0]
            self._of_rows += written[1]
            if any(
                abs(a - b) > slack
                for a, b, slack in zip(parsed.sums, written[1:], parsed.slack, strict=True)
            ):
                self._bad["missummed"] += 1
                self._example = self._example or page_id

    def audit(self) -> Audit:
        """The whole account."""
        return Audit(
            source=self._source,
            **self._sums,
            sum_in_pages=Decimal(self._in_pages) / MICRO,
            sum_of_rows=Decimal(self._of_rows) / MICRO,
            **self._bad,
            example=self._example,
        )


def _rows(
    lake: Lake, source: str, shape: Shape, since: datetime, until: datetime
) -> dict[str, tuple[int, ...]]:
    """Per page: how many rows name it, and the sums of their values in micro-units."""
    sums = ", ".join(
        f"cast(coalesce(sum(cast({column} as decimal(38, 6))), 0) * {MICRO} as decimal(38, 0))"
        for _, column in shape.values
    )
    rows = lake.rows(
        f"select page_id, count(*), {sums} from raw.{source}"  # noqa: S608 - our own names
        " where received_at >= $since and received_at < $until group by page_id",
        {"since": since, "until": until},
    )
    return {row[0]: tuple(int(value) for value in row[1:]) for row in rows}


def _bodies(
    lake: Lake, window: dict[str, object], digests: Set[str]
) -> Iterator[tuple[Any, str, bytes]]:
    """Day, hash and bytes of each body that is wanted, a few in memory at a time."""
    if len(digests) <= PAGES_AT_ONCE:
        yield from lake.rows(_NAMED_BODIES, window | {"digests": sorted(digests)})
        return
    held = [page_id for page_id, digest in lake.rows(_WITH_BODY, window) if digest in digests]
    for start in range(0, len(held), PAGES_AT_ONCE):
        ids = held[start : start + PAGES_AT_ONCE]
        bodies = lake.rows(_BODIES, window | {"first": ids[0], "last": ids[-1]})
        yield from (body for body in bodies if body[1] in digests)


_WINDOW = "source = $source and dt between $from and $to"
_PAGES = (
    "select page_id, dt, sha256, row_count, unchanged from ops.page_accounts"  # noqa: S608 - our own text
    f" where {_WINDOW} and received_at >= $since"
)
_QUARANTINED = f"select page_id, count(*) from ops.open_quarantine where {_WINDOW} group by page_id"  # noqa: S608 - our own text
# A body is held once per day: the other pages with its hash refer to it.
_HELD = f"from raw.pages where {_WINDOW} and body is not null"
_WITH_BODY = f"select page_id, sha256 {_HELD} order by page_id"
_BODIES = f"select dt, sha256, body {_HELD} and page_id between $first and $last"
_NAMED_BODIES = f"select dt, sha256, body {_HELD} and list_contains($digests, sha256)"
