"""How an empty database becomes the ledger, one revision after the other.

Belongs here: Alembic's entry (env.py), the words revisions are written in (shapes.py), and the
revisions. A revision that has been released is never edited. Not here: the tables as the code sees
them (store/ledger_tables.py, store/ledger_accounts.py); a test keeps both equal.
"""
