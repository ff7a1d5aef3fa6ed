"""The page of the tuner: `options` say what to sweep, `plot` and `table` show it while it grows, `words` what it means.

A sweep runs in its own thread, below; records come in, and the setting that the user chose goes out.
"""
