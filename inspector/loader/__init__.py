"""The engine: an index goes in, batches in shared memory come out, in an order that nothing can disturb.

    index -> planning -> workers -> memory -> Loader -> batches
               ^            |
               +- results --+     one `supervisor` thread waits for results, deaths, changed settings, freed memory

`Loader` is the public iterator. `planning` decides which sample comes when and where its image goes, and is pure
bookkeeping. `workers` start, feed, watch and replace the processes that read and decode. `memory` belongs to the
parent: a worker writes each image there once, and whoever holds a batch keeps its part of the memory alive.
`counters` are the numbers that a loader shows, `slowest` the samples that took longest.
"""
