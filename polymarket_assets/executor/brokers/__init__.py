"""Brokers: paper and, later, live differ in these objects alone.

Belongs here: one file per broker and the protocol they share. Not here: what is decided before an
order is sent or booked after it is answered.
"""
