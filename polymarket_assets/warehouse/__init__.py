"""WHAT WE DERIVE: Python models between dbt layers.

Belongs here: reading the lake's tables, a pure function of domain/, writing one table of the
warehouse. Not here: what SQL can say (dbt_project/), when it runs (defs/warehouse/).
"""
