"""Every file of a data set once: a folder goes in, the list of what is wrong or remarkable comes out.

    FileIndex -> file_groups -> SampleMap's workers: check_file, checks -> Scan -> ScanResults -> persistence

`Scan` finds the files and has workers check them in the index's order, several small ones at a time (`file_groups`). In
a worker `check_file` reads and decodes one file after the other, makes the checks of `checks`, and sends back a few
bytes in place of pixels. `check_settings` names the checks, `progress` is what a view polls. `results` keeps what was
found, packed, since there may be a million files; `digests` finds those with equal content.
`persistence` writes it all as JSON or CSV, and reads a partial result to resume the scan. `measure_table` keeps what
was measured of every file; `scores` says what of that each check compares with its limit, `score_export` writes it.
"""
