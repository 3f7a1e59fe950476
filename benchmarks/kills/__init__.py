"""kill -9 anywhere in a source, and many processes on one day: nothing lost, nothing doubled."""
