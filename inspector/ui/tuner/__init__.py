"""The page of the tuner: `options` before a sweep, `plot` and `results` while it grows and at its end.

A sweep runs behind a `TuneControl`; records come in, and the setting that the user chose goes out.
"""
