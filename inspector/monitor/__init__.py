"""Numbers from a running loader: its running totals go in, immutable records come out that a view is drawn from.

    Loader.snapshot() -> recorder -> rates, time_series, system -> records -> verdict

`recorder` is the thread that samples: `rates` makes means over a sliding window of two totals, `time_series` keeps them
for the plots, `system` asks the operating system, `overhead` says what watching itself costs. `delivery_statistics`
takes in each delivered batch: `channel_statistics` and `moments` of the pixels, `sample_counts`, `order` and
`class_balance` of the samples and classes. `colour_proof` compares what was delivered with another decoder's pixels,
`effect` says what a changed setting did, `verdict` what limits loading. `records` are what a view sees of all this.
"""
