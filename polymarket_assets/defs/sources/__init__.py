"""Raw tables as assets, a file per venue API, and the checks that compare them with their pages."""
