"""The engine: an index goes in, batches in shared memory come out, in an order that nothing can disturb.

`Loader` is the public iterator. Behind it one `supervisor` thread waits for everything that can happen (results,
deaths, changed settings) and sends tasks to `worker` processes, each over its own `channel`.

What is loaded, pure bookkeeping: the `planner` alone decides the order, after the `sampler`'s; its records are in
`plan`. `placement` finds each image a place in the memory for all pixels, which the parent owns (`slots`). A worker
writes each image there once, and whoever holds a batch keeps its memory alive: `delivery` makes arrays over it, and a
`lease` tells when the last of them is gone. `resume` tells the place in the sequence as a small dictionary.

Who loads it: the `crew` starts, watches and replaces workers; `crew_worker` is what the parent knows of one. `blame`
says when a file has brought down too many, `pace` how much work each is given at once. A `starter` makes and ends
workers; on Unix through a small single-threaded `zygote` process that forks them. `user_code` is how a transform or a
data set of the user's gets there.

`messages` are all that crosses a process boundary, `counters` are the numbers that a loader shows.
"""
