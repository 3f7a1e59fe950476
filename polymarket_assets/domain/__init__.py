"""WHAT IS TRUE: pure functions and frozen types.

Belongs here: whatever can be said without disk, network, clock or framework. A function that needs
the time takes it as an argument.
"""
