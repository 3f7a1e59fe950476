"""WHO WE ASK: one file per remote API, and HTTP behaviour in one place.

http.py        one attempt after another: budget, deadline, retries, breaker, counters
attempt.py     one attempt: bytes within a size and a time, or a named fault
budget.py      requests per ten seconds, shared by every process of a home
breaker.py     when to stop asking an endpoint that is down
endpoints.py   what we ask, and the venues' documented limits
pages.py       a fetched page, and walks that follow cursors
contracts/     bytes to rows: pure parsers that accept or reject every record
gamma.py, data_api.py, clob.py   the venues' calls

Not here: which pages a source wants (sources), how rows are kept (store).
"""
