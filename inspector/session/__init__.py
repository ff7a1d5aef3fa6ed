"""What a view shows and drives: records come out, intents go in.

    intents -> LocalSession -> consumer -> Loader -> batches -> thumbnails, statistics, recorder -> records

`protocol` says what a view may rely on, `records` is where it imports records from. `local` runs our own loader here,
with a `consumer` that takes batches as training would. `batch_history` keeps the last batches, `thumbnails` makes small
pictures of the one that is looked at, `delivered_images` gives its images whole. `examinations` looks at single
samples: `proofs` of their colours, and what the `examiner` finds, which is a process that a hostile file may end.

`annotations` finds the labels of what is open and puts them on the batch, `image_headers` looks at the files for it,
`annotation_control` is what a view asks. `sample_fields` has what else a sample has, and `field_text` makes text of it.
`source_looks` looks at a source before it is opened, `indexing` finds its samples, `source_facts` is what is said of it
then; `open_code` is the user's code in it, which `file_watch` watches.

`watched` shows somebody else's loaders, at which `watched_run` looks: `watched_history` makes rates of their totals,
`watched_pictures` keeps what the model got, with `watched_annotations` and `watched_colours`; `watched_state` puts the
rest into records, `gpu` asks the driver, and `training` has what a view shows of a training beside what every session
has. `trainings` lists those that run, and starts one.

`serving` gives a session, whichever it is, to views in other processes; `remote` is one that is served elsewhere, and
`exchange` is what the two say to each other.
`scan_control`, with `distances` and `limit_mover`, `tune_control` and `quarantine` drive the jobs that read the files
themselves; `job` is one such piece of work, `ending` waits for those that were cancelled.
"""
