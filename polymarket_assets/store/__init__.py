"""WHERE IT LIES: Postgres, the lake and the ledger.

Belongs here: everything that writes to or reads from what the platform keeps. Not here: what the
rows mean, or who asked for them.
"""
