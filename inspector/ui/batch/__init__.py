"""The batch in the middle: `panel` with its heading and states, `model` and `delegate` for the tiles.

A batch view and its proofs come in; which image is to be opened goes out. `swap` exchanges red and blue everywhere.
"""
