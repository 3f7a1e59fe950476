"""Contracts: bytes of one page to rows, each record accepted exactly or rejected with a reason.

page.py      what every parser gives back, and how records are taken from a page
envelope.py  the venues' envelopes: where the records lie, and the cursor
lenient.py   cutting records out of a page that is no strict JSON
values.py    checks on single columns: ids, amounts, moments
trades.py, leaderboard.py, markets.py, events.py, books.py, prices.py, stream.py   one contract each
registry.py  all contracts of pages, by endpoint and version

Belongs here: pure functions of bytes and the time they were received. Not here: any I/O; what rows
mean downstream (dbt); keeping them (store).

A parser raises MalformedPageError when the answer as a whole is not the page it should be.
Everything else ends in exactly one of `table` and `rejected`, and the counts add up.
"""
