"""WHO READS: what people and scripts see of the platform, and nothing that changes it.

status.py       how fresh the data is and whether anything is wrong; health.py holds its rules
doctor.py       whether this machine, this home and the venues are fit, and what to do if not
config.py       every setting with its value, origin and meaning
report.py       what one run left behind, from rows to profit
portfolio.py    positions, orders, fills, cash and profit, read from the ledger
tables.py       how facts become tables on a terminal, CSV or JSON

Not here: anything that fetches, builds or trades; no Dagster, which takes longer to import than
`polymarket status` may take in all (1.5 s).
"""
