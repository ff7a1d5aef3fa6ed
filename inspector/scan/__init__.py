"""Every file of a data set once: a folder goes in, the list of what is wrong or remarkable comes out.

`Scan` finds the files and has workers check them in the index's order, through a `SampleMap`, small ones in groups
(`file_groups`). In a worker `check_file` reads and decodes one file after the other, makes the checks of
`inspector.scan.checks`, and sends back a few bytes in place of pixels. `results` keeps what was found, packed, since
there may be a million files; `digests` finds which of them may be the same, and compares those byte by byte.
`persistence` writes it all down as JSON or CSV, and reads a partial result again, so that a scan can be resumed.

Views poll `Scan.progress()` and read `Scan.results`; nothing here knows who looks.
"""
