"""Whether what is held is all that was received: raw rows against the bytes of their pages.

The pages are parsed again here, in SQL and apart from the parser that made the rows, and compared
page by page: a row lost or doubled shows as a difference of counts, a changed value as one of sums.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from polymarket_assets.domain.windows import DAY, DayWindow, start_of_day
from polymarket_assets.store.lake import Lake


@dataclass(frozen=True)
class Audit:
    """One raw table against its pages; `problems` is empty when they agree.

    Attributes:
        source: the source, named like its table.
        pages: pages compared.
        records_in_pages: records their bodies hold.
        rows_of_pages: rows of the table that name these pages.
        unchanged: records that were not written, since they were held already.
        quarantined: records kept in raw.quarantine.
        sum_in_pages: sum of a value over the records of pages that were written whole.
        sum_of_rows: the same over their rows.
        miscounted: pages whose records are not their rows, unchanged and quarantined records.
        missummed: pages of which some value's sum differs between records and rows.
        unreadable: pages whose body SQL cannot read (their records were cut out of broken JSON).
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


@dataclass(frozen=True)
class Shape:
    """Where a source's records lie in a page, and which of their values are added up.

    `values` pairs an expression over `record` with one over the table; the first is reported.
    """

    records: str
    values: tuple[tuple[str, str], ...]


def _field(name: str) -> str:
    return f"json_extract_string(record, '$.{name}')"


def _levels(side: str) -> tuple[str, str]:
    sizes = f"json_extract_string(record, '$.{side}[*].size')"
    return (
        f"list_sum(list_transform({sizes}, lambda size: try_cast(size as decimal(38, 12))))",
        f"list_sum(list_transform({side}, lambda level: level.size))",
    )


SHAPES = {
    "gamma_events": Shape("$.events[*]", ((_field("id"), "event_id"),)),
    "gamma_markets": Shape("$.markets[*]", ((_field("id"), "market_id"),)),
    "data_trades": Shape(
        "$.data[*]",
        (
            (_field("size"), "size"),
            (_field("price"), "price"),
            (_field("timestamp"), "epoch(event_at)"),
        ),
    ),
    "data_leaderboard": Shape(
        "$.data[*]",
        (
            (_field("volume"), "volume_shares"),
            (_field("pnl"), "pnl_usd"),
            (_field("rank"), "rank"),
        ),
    ),
    "clob_books": Shape("$[*]", (_levels("bids"), _levels("asks"))),
    "clob_prices": Shape(
        "$.history.*[*]", ((_field("p"), "price"), (_field("t"), "epoch(event_at)"))
    ),
}


def audit(lake: Lake, source: str, received: DayWindow) -> Audit:
    """Compare the rows of `source` with its pages received on the days of `received`."""
    shape = SHAPES[source]
    numbers = range(len(shape.values))
    in_records = [f"try_cast({value} as decimal(38, 12))" for value, _ in shape.values]
    sql = _AUDIT.format(
        table=f"raw.{source}",
        records=shape.records,
        record_values="".join(f", {value} as v{n}" for n, value in enumerate(in_records)),
        # Six places are kept: a longer value may be off by half of the last one.
        record_sums="".join(
            f", sum(v{n}) as a{n}"
            f", count(*) filter (v{n} <> cast(v{n} as decimal(38, 6))) * 0.0000005 as e{n}"
            for n in numbers
        ),
        row_sums="".join(
            f", sum(cast({value} as decimal(38, 6))) as b{n}"
            for n, (_, value) in enumerate(shape.values)
        ),
        differ=" or ".join(
            f"abs(coalesce(a{n}, 0) - coalesce(b{n}, 0)) > coalesce(e{n}, 0)" for n in numbers
        ),
    )
    parameters = {
        "source": source,
        "from": received.first,
        "to": received.last,
        "since": start_of_day(received.first),
        "until": start_of_day(received.last) + DAY,
    }
    return Audit(source, *lake.rows(sql, parameters)[0])


_AUDIT = """
with pages as (
    select page_id, dt, sha256, row_count, unchanged
    from raw.pages
    where source = $source and dt between $from and $to
),
-- A body is held once per day: the other pages with its hash refer to it.
bodies as (
    select dt, sha256, min(page_id) as page_id
    from raw.pages
    where source = $source and dt between $from and $to and body is not null
    group by dt, sha256
),
lists as (
    select bodies.*, try(json_extract(decode(held.body), '{records}')) as records
    from raw.pages as held
    inner join bodies using (dt, page_id)
    where held.source = $source and held.dt between $from and $to
),
single as (
    select page_id, unnest(records) as record, unnest(range(len(records))) as position
    from lists
),
valued as (
    select page_id, position {record_values} from single
),
rejected as (
    select page_id, position
    from raw.quarantine
    where source = $source and dt between $from and $to
),
summed as (
    select page_id {record_sums}
    from valued
    anti join rejected using (page_id, position)
    group by page_id
),
in_bodies as (
    select lists.dt, lists.sha256, len(lists.records) as records, summed.* exclude (page_id)
    from lists
    left join summed using (page_id)
),
in_rows as (
    select page_id, count(*) as written {row_sums}
    from {table}
    where received_at >= $since and received_at < $until
    group by page_id
),
set_aside as (
    select page_id, count(*) as quarantined from rejected group by page_id
),
compared as (
    select
        page_id,
        records is null as unreadable,
        coalesce(records, row_count) as records,
        coalesce(written, 0) as written,
        unchanged,
        coalesce(quarantined, 0) as quarantined,
        records is not null and unchanged = 0 as comparable,
        a0,
        b0,
        {differ} as differs
    from pages
    left join in_bodies using (dt, sha256)
    left join in_rows using (page_id)
    left join set_aside using (page_id)
)
select
    count(*),
    coalesce(sum(records), 0),
    coalesce(sum(written), 0),
    coalesce(sum(unchanged), 0),
    coalesce(sum(quarantined), 0),
    coalesce(sum(a0) filter (comparable), 0),
    coalesce(sum(b0) filter (comparable), 0),
    count(*) filter (records <> written + unchanged + quarantined),
    count(*) filter (comparable and differs),
    count(*) filter (unreadable),
    min(page_id) filter (
        records <> written + unchanged + quarantined or (comparable and differs)
    )
from compared
"""
