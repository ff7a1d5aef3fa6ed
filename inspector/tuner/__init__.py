"""Which settings to train with: a data set goes in, measurements and a recommendation with its reason come out.

    Tuner -> Sweep -> EngineBench -> LoaderBench (our loader) | TorchBench (PyTorch's, in a process of its own)
               |          |
               |   Measurement, one of a setting
               v          v
           Schedule <- Measurements -> RateEstimates -> recommend -> Recommendation -> Report -> ReportArchive

A `Tuner` runs one sweep in a thread of its own: `start()`, then poll `progress` (what it does, the share done, the time
left, the trials and the recommendation so far) until `finished`, then take `report`, or `error`. `cancel()` ends it
with a partial report, `close()` waits until nothing is left. A session should be paused meanwhile, or it takes cores
from what is measured. Nothing here knows who looks:

    tuner = Tuner(index, config, variations=Variations(), step_ms=12, archive=ReportArchive())
    tuner.start()
    ...                                   # now and then: tuner.progress.trials, tuner.progress.recommendation
    report = tuner.report                 # report.recommended, .reason, .cautions, .trials, .code(), .as_csv()
    ReportArchive().earlier(index.source) # reports of the same folder, newest first; comparison(report, before)

`sweep` decides when a setting is measured, and when it is enough; `schedule` which settings there are, with the steps
of `worker_counts`. `rate_estimates` makes rates with intervals of the measurements; `candidates` picks the setting to
use, `diagnosis` finds what limits loading, `explanation` puts both into sentences. The records are in `trials`,
`recommendation`, `sweep_plan`, `sweep_state`, `variations` and `report`. `scaling_curves` and `setting_names` are how a
sweep is drawn and named, `snippets` is its setting as code. `page_cache` finds out whether files lie in memory, and
drops them from it.
"""
