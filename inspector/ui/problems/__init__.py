"""The page of skipped files: `model` and `table`, `details` with the bytes and both pictures, and what can be done.

Problems come in, in order; `actions` and `mover` have the session do what the user asks, `report` describes what it
found. Nothing is moved but after a list was agreed to in `move_dialog`.
"""
