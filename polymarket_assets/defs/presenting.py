"""What a person sees of a materialization in the UI: counts, window, a preview and a plot.

Belongs here: turning facts into Dagster metadata. Not here: any query that decides anything.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import dagster as dg
import pandas as pd

from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.store.batch import SourceRun
from polymarket_assets.store.lake import Lake

PREVIEW_ROWS = 8
LONGEST_CELL = 60


def table_of(frame: pd.DataFrame) -> dg.TableMetadataValue:
    """A frame's first rows as a table; ids and times as text, long cells cut."""
    records = [
        dg.TableRecord({str(column): _cell(value) for column, value in row.items()})
        for row in frame.head(PREVIEW_ROWS).to_dict(orient="records")
    ]
    schema = dg.TableSchema([dg.TableColumn(str(column), "string") for column in frame.columns])
    return dg.TableMetadataValue(records, schema)


def _cell(value: Any) -> str:
    if isinstance(value, (list, dict)) or not pd.isna(value):
        text = f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else str(value)
        return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
    return ""


def bars(title: str, labels: Sequence[str], values: Sequence[float]) -> dg.MarkdownMetadataValue:
    """A small bar chart as a picture inside Markdown."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - a second of import only plots need

    figure = Figure(figsize=(6.4, 1.9))
    figure.subplots_adjust(left=0.08, right=0.99, top=0.86, bottom=0.13)
    axes = figure.subplots()
    axes.bar(range(len(values)), list(values), color="#4f6df5", width=0.85)
    step = max(1, len(labels) // 8)
    axes.set_xticks(range(0, len(labels), step), list(labels[::step]), fontsize=7)
    axes.tick_params(axis="y", labelsize=7)
    axes.set_title(title, fontsize=9, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=110)
    encoded = base64.b64encode(picture.getvalue()).decode()
    return dg.MarkdownMetadataValue(f"![{title}](data:image/png;base64,{encoded})")


def source_result(
    lake: Lake,
    run: SourceRun,
    window: DayWindow | None,
    *,
    preview: str,
    plot: tuple[str, str] | None = None,
) -> dg.MaterializeResult[Any]:
    """The result of a source asset.

    Args:
        lake: where previews are read.
        run: what the source did.
        window: its partitions, or None.
        preview: SQL of a few telling rows; $from and $to are the window's days.
        plot: a title and SQL of (label, value) rows for a bar chart, with the same parameters.
    """
    parameters = (
        {"from": window.first, "to": window.last}
        if window
        else {"from": run.started_at.date(), "to": run.started_at.date()}
    )
    metadata: dict[str, Any] = {
        "dagster/row_count": run.accepted,
        "received": run.rows,
        "unchanged": run.unchanged,
        "quarantined": run.quarantined,
        "requests": run.requests,
        "retries": run.retries,
        "rate limited": run.rate_limited,
        "megabytes": round(run.bytes / 1e6, 3),
        "seconds": round(run.duration_s, 2),
        "notes": dg.MetadataValue.json(json.loads(run.notes or "{}")),
    }
    if new_fields := json.loads(run.notes or "{}").get("unknown_fields"):
        metadata["new fields"] = ", ".join(new_fields)
    if window:
        metadata["window"] = str(window)
    with lake.kept_open():
        metadata["preview"] = table_of(lake.frame(preview, parameters))
        rows = lake.rows(plot[1], parameters) if plot else []
    if plot and rows:
        metadata["plot"] = bars(plot[0], [str(r[0]) for r in rows], [float(r[1]) for r in rows])
    return dg.MaterializeResult(metadata=metadata)
