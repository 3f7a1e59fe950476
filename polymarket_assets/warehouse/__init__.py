"""WHAT WE DERIVE: Python models between dbt's layers.

Belongs here: reading published tables of the lake, a pure computation of domain/, writing the
result back. Not here: what SQL can say (dbt_project), when it runs (defs).
"""
