"""WHAT WE DO: signals become approvals, approvals become orders, orders become positions.

Belongs here: the step that trades and everything it decides with state: approve, plan, guard, send,
reconcile, settle, mark, report, and the brokers. Not here: arithmetic (domain/), tables (store/),
schedules (defs/).
"""
