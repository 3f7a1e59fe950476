"""WHAT ONE TYPES: what the longer commands do, so that cli.py only parses, calls and prints.

Belongs here: running jobs from a terminal with progress, the demo, the development server. Not
here: anything a scheduled run needs too.
"""
