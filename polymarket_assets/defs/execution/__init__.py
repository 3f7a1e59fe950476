"""Execution as assets: approvals, one executor step, the portfolio after it. No key passes here."""
