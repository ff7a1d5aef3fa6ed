"""What happened, in numbers: a running loader goes in, immutable records come out that a view can be drawn from.

`Session` owns the loader and the consumer thread that drains it like a training loop would. `metrics` turns the
loader's running totals into rates over a sliding window, `history` keeps them for the plots, and `recorder` is the
thread that does both. `lookback` keeps the last batches and makes their thumbnails, in the thread of `viewer`. `census`
takes in each delivered batch for the statistics: `statistics` and `moments` of the pixels, `tally`, `order` and
`balance` of the files and classes. `proof` compares what was delivered with another decoder's. `system` asks the
operating system, `problem_log` lists each skipped file once, `wording` names things. A view polls `Session.snapshot()`
and its siblings; nothing here knows who looks.
"""
