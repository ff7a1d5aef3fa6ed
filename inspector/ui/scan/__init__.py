"""The page that checks all files: `options` before a scan, `summary` and `table` with what it finds, `pair` beside it,
`controls` above.

A scan runs behind a `ScanControl`; records come in, and the checks that the user chose go out.
"""
