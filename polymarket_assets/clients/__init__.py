"""WHO WE ASK: one file per remote API, and HTTP behaviour in one place.

gamma.py, data_api.py, clob.py, kalshi.py   the venues' calls
kalshi_auth.py signs Kalshi's, when a key is configured (rsa_pss.py: the signature itself)
http.py        one call: attempts within a deadline until there is a page that can be read
lane.py        when a request may go out: breaker, queue, connection, slot
attempt.py     one attempt: bytes within a size and a time, or a named fault
budget.py      requests per ten seconds, shared by every process of a home
breaker.py     when to stop asking an endpoint that is down
counters.py    what it cost
endpoints.py   what we ask, and the venues' documented limits
pages.py       a fetched page, and the memory that notices a circle of cursors
contracts/     bytes to rows: pure parsers that accept or reject every record

Not here: which pages a source wants (sources), how rows are kept (store).
"""
