"""What is measured while the loader runs: the verdict, the figures that matter, the plots, and a row for each worker.

Snapshots and series come in; nothing goes out but the wish to see a slow file.
"""
