"""Whether what is held is all that was received: raw rows against the bytes of their pages.

The pages are parsed again here, in SQL and apart from the parser that made the rows, so a row lost
or doubled between the two shows as a difference of counts or of sums.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.store.lake import Lake


@dataclass(frozen=True)
class Audit:
    """Counts and sums of one raw table against its pages; `problems` is empty when they agree."""

    source: str
    pages: int
    records_in_pages: int
    rows_of_pages: int
    unchanged: int
    quarantined: int
    sum_in_pages: Decimal
    sum_of_rows: Decimal

    @property
    def problems(self) -> list[str]:
        """What does not add up, in words."""
        found = []
        kept = self.rows_of_pages + self.unchanged + self.quarantined
        if self.records_in_pages != kept:
            found.append(
                f"the pages hold {self.records_in_pages} records, but {self.rows_of_pages} rows, "
                f"{self.unchanged} unchanged and {self.quarantined} quarantined make {kept}"
            )
        comparable = self.unchanged == 0 and self.quarantined == 0
        if comparable and self.sum_in_pages != self.sum_of_rows:
            found.append(
                f"the pages' values add up to {self.sum_in_pages}, the rows' to {self.sum_of_rows}"
            )
        return found


@dataclass(frozen=True)
class Shape:
    """Where a source's records lie in a page, and which value of theirs is added up."""

    records: str
    in_page: str
    in_rows: str


SHAPES = {
    "gamma_events": Shape("$.events[*]", "json_extract_string(record, '$.id')", "event_id"),
    "gamma_markets": Shape("$.markets[*]", "json_extract_string(record, '$.id')", "market_id"),
    "data_trades": Shape("$.data[*]", "json_extract_string(record, '$.size')", "size"),
    "data_leaderboard": Shape("$.data[*]", "json_extract_string(record, '$.rank')", "rank"),
    "clob_books": Shape("$[*]", "json_array_length(record, '$.bids')", "coalesce(len(bids), 0)"),
    "clob_prices": Shape("$.history.*[*]", "json_extract_string(record, '$.p')", "price"),
}


def audit(lake: Lake, source: str, received: DayWindow) -> Audit:
    """Compare the rows of `source` with its pages received on the days of `received`."""
    shape = SHAPES[source]
    row = lake.rows(
        _AUDIT.format(
            table=f"raw.{source}",
            records=shape.records,
            in_page=shape.in_page,
            in_rows=shape.in_rows,
        ),
        {"source": source, "from": received.first, "to": received.last},
    )[0]
    return Audit(source, *row)


_AUDIT = """
with pages as (
    select page_id, sha256, body, dt, unchanged, quarantined
    from raw.pages
    where source = $source and dt between $from and $to
),
bodies as (
    select dt, sha256, any_value(body) as body from pages where body is not null group by 1, 2
),
records as (
    select pages.page_id, unnest(json_extract(decode(bodies.body), '{records}')) as record
    from pages
    inner join bodies using (dt, sha256)
),
in_pages as (
    select
        count(*) as records,
        coalesce(sum(cast({in_page} as decimal(38, 6))), 0) as total
    from records
),
in_rows as (
    select
        count(*) as records,
        coalesce(sum(cast({in_rows} as decimal(38, 6))), 0) as total
    from {table}
    where page_id in (select page_id from pages)
),
counts as (
    select
        count(*) as pages,
        coalesce(sum(unchanged), 0) as unchanged,
        coalesce(sum(quarantined), 0) as quarantined
    from pages
)
select
    counts.pages,
    in_pages.records,
    in_rows.records,
    counts.unchanged,
    counts.quarantined,
    in_pages.total,
    in_rows.total
from counts, in_pages, in_rows
"""
