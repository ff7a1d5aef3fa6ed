"""What takes minutes to show: that nothing which happens to a loader changes its batches, stops it, or is left over.

Each script does one kind of harm for so many seconds, prints what it counted, and ends with status 1 where anything
was wrong; `python -m tests.chaos` runs them all and prints one table. `harness` is what they share.
"""
