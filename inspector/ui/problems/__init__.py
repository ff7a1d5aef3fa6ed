"""The page of skipped files: `model` and `table`, `details` with the bytes and both pictures, and what can be done.

Problems come in, in order; `actions` and `mover` do what the user asks, in threads and processes of their own, and
`report` puts it into words. Nothing is moved but after a list was agreed to in `move_dialog`.
"""
