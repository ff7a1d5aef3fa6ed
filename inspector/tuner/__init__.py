"""Which setting to use: what was measured goes in, sentences with their evidence and a setting to paste come out.

While a session runs, `verdict.verdict(snapshot)` says how loading goes: a headline, the numbers behind it, and the
`Cause`, from the first rule of a table that fits; `rules` has the rules, `facts` what they ask of a snapshot. It starts
and asks nothing.

A sweep answers how many workers to use. `tuner.Tuner` runs one in a thread of its own: `start()`, then poll `progress`
(a few words, the share done, the time left, the trials and the recommendation so far) until `finished`, then take
`report`, or `error`; `cancel()` ends it with a partial report, `close()` waits until nothing is left. A session should
be paused or closed meanwhile, or it is measured against. Nothing here knows who looks:

    tuner = Tuner(index, config, step_ms=12, archive=Archive())
    tuner.start()
    ...                             # now and then: tuner.progress.trials, tuner.progress.recommendation
    report = tuner.report           # report.recommended, .reason, .cautions, .trials, .code(), .as_csv(), .as_json()
    Archive().earlier(index.source) # reports of the same folder, newest first; compared(report, before)

Behind it: a `Sweep` decides which setting is measured when, and when it is enough; a `Bench` measures one window of one
setting (`loader_bench` with the real loader and its consumer, `drain`; `torch_bench` with PyTorch's in a process of its
own). `measurements` keeps the windows, `statistics` makes levels and intervals of them, `ladder` knows the steps of
worker counts, `recommend` chooses and says why, `diagnosis` names what limits loading. `trials` are the records;
`report` is what is shown, exported and kept in the `archive`. `page_cache` tells whether files lay in memory, and drops
them from it.
"""
