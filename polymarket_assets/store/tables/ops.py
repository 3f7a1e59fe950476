"""The platform about itself: fetches, published versions, data files, freshness."""

from __future__ import annotations

from polymarket_assets.store.tables.shape import Column, Table, View

SOURCE_RUNS = Table(
    schema="ops",
    name="source_runs",
    description="One row per fetch of a source, successful or not.",
    columns=(
        Column("run_id", "VARCHAR", "Unique id of the fetch.", True),
        Column("source", "VARCHAR", "Source, as in raw.pages.", True),
        Column("started_at", "TIMESTAMPTZ", "Start.", True),
        Column("ended_at", "TIMESTAMPTZ", "End.", True),
        Column("outcome", "VARCHAR", "ok, failed, or partial (stopped by a limit).", True),
        Column("window_from", "TIMESTAMPTZ", "Start of the window asked for, where there is one."),
        Column("window_to", "TIMESTAMPTZ", "End of the window asked for, exclusive."),
        Column("requests", "BIGINT", "Requests sent, retries included.", True),
        Column("pages", "BIGINT", "Pages committed.", True),
        Column("rows", "BIGINT", "Records in those pages.", True),
        Column("accepted", "BIGINT", "Records written.", True),
        Column("unchanged", "BIGINT", "Records not written, since they are held already.", True),
        Column("quarantined", "BIGINT", "Records quarantined.", True),
        Column("retries", "BIGINT", "Requests that were sent again.", True),
        Column("rate_limited", "BIGINT", "Answers with status 429.", True),
        Column("bytes", "BIGINT", "Bytes of the bodies received.", True),
        Column("duration_s", "DOUBLE", "Seconds from start to end, by a monotonic clock.", True),
        Column(
            "data_until", "TIMESTAMPTZ", "Newest event time seen; null when the fetch saw none."
        ),
        Column("error_class", "VARCHAR", "Class of the error that ended it; null when ok."),
        Column("error_message", "VARCHAR", "What went wrong; null when ok."),
        Column("next_action", "VARCHAR", "What to do about it; null when ok."),
        Column("traceback", "VARCHAR", "Traceback of the error; null when ok."),
        Column("notes", "VARCHAR", "What the source has to say besides, a JSON object."),
    ),
)

PUBLISHED = Table(
    schema="ops",
    name="published",
    description="Versions of the lake whose build passed its tests; consumers read the newest.",
    columns=(
        Column("version", "BIGINT", "Version (snapshot id) of the lake.", True),
        Column("published_at", "TIMESTAMPTZ", "When it was published.", True),
        Column("models", "INTEGER", "dbt models built.", True),
        Column("tests", "INTEGER", "dbt tests passed.", True),
        Column("note", "VARCHAR", "Who or what published it.", True),
    ),
)

BUILDS = Table(
    schema="ops",
    name="builds",
    description="Which models a published version was built by.",
    columns=(
        Column("version", "BIGINT", "Version (snapshot id) of the lake.", True),
        Column(
            "model_version",
            "VARCHAR",
            "SHA-256 of the SQL of all models and of the seeds, hex: equal where they are equal.",
            True,
        ),
    ),
)

FILES = Table(
    schema="ops",
    name="files",
    description="What each data file's bytes are, and what each later look at them found;"
    " the latest checked_at per path counts.",
    columns=(
        Column("path", "VARCHAR", "The file, below the lake's data path.", True),
        Column("table_name", "VARCHAR", "Table it belongs to, schema.name.", True),
        Column("partition", "VARCHAR", "Its partition's value, a date; null without partitions."),
        Column("bytes", "BIGINT", "Its size by the catalog.", True),
        Column("rows", "BIGINT", "Rows in it by the catalog.", True),
        Column("sha256", "VARCHAR", "SHA-256 when it was first read, hex; null if it was not."),
        Column("recorded_at", "TIMESTAMPTZ", "When it was first read.", True),
        Column("checked_at", "TIMESTAMPTZ", "When it was read this time.", True),
        Column("finding", "VARCHAR", "ok, damaged or missing.", True),
        Column("detail", "VARCHAR", "What is wrong with it; null when ok."),
    ),
)

MODEL_PARTS = Table(
    schema="ops",
    name="model_parts",
    description="What each part of a model that is built in parts was last made of.",
    columns=(
        Column("model", "VARCHAR", "The model, schema.name.", True),
        Column(
            "part",
            "VARCHAR",
            "The part: a UTC date, `open` without one, `table` for the model itself.",
            True,
        ),
        Column(
            "mark", "VARCHAR", "MD5 of the model's SQL and of all that the part was made of.", True
        ),
    ),
    partition="model",
)

FRESHNESS = View(
    schema="ops",
    name="freshness",
    description="Per source: last success, last attempt with its outcome, newest event time seen.",
    query="""
        SELECT
            source,
            max(ended_at) FILTER (WHERE outcome = 'ok') AS last_success_at,
            max(started_at) AS last_attempt_at,
            max(data_until) AS data_until,
            arg_max(outcome, started_at) AS last_outcome
        FROM ops.source_runs
        GROUP BY source
    """,
)
