"""The engine: an index goes in, batches in shared memory come out, in an order that nothing can disturb.

    index -> planning -> workers -> memory -> SampleFeed -> Loader -> batches
               ^            |                          \\-> SampleMap -> results of a function
               +- results --+

`state.LoaderState` holds what there is to know of one loader, under one lock. Two threads move it on: `supervisor`,
which waits at the one `waiting_point` for results, exits, changed settings and freed memory, and the one that calls
`next()`, through `sample_feed`. Changed settings are requests in a queue, applied by whichever of the two comes first.

`Loader` is the public iterator over batches, `map.SampleMap` one over what a function makes of each sample.
`planning` decides which sample comes when and where its image goes, and is pure bookkeeping. `workers` start, feed,
watch and replace the processes that read and decode. `memory` belongs to the parent: a worker writes each image there
once, and whoever holds a batch keeps its part of the memory alive. `problem_list` makes and lists what was wrong with
samples, `totals` counts, `output` says what the user's code wrote in workers, `slowest` keeps the samples that took
longest, and `counters` has the records that show all this.
"""
