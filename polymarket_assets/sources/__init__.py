"""WHAT WE FETCH: walks through a venue's pages into raw rows, resumable at every page.

Belongs here: which pages to ask for, in which order, and what is held already. Not here: how a
request is made (clients) or how rows are kept (store).
"""
