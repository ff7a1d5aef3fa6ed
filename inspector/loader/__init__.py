"""The engine: an index goes in, batches in shared memory come out, in an order that nothing can disturb.

`Loader` is the public iterator. Behind it one `supervisor` thread waits for everything that can happen (results,
deaths, changed settings), asks the `planner` which sample goes where, and sends tasks to `worker` processes, each
over its own `channel`. The `planner` is pure bookkeeping: it alone decides the order. The parent owns all pixel
memory (`slots`); a worker writes each image there once, and whoever holds a batch keeps its memory alive.
A `starter` makes and ends workers; on Unix through a small single-threaded `zygote` process that forks them.
"""
