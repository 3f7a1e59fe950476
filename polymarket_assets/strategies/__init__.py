"""What we believe, in Python: the interface of strategies, how they are found, one worked example.

SQL strategies are dbt models; both kinds end in signals.signals. Nothing here reads or writes a
store: a strategy is given snapshots and answers with proposals (docs/add-a-strategy.md).
"""
