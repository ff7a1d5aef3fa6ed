"""The views for a terminal: `watch` draws a running session, `bench` measures a loader and prints the figures.

Training machines are reached over SSH, so nothing here needs a display, and nothing imports Qt. `watch` polls the
session's immutable snapshot a few times a second; `screen` turns one into lines, and `keys` reads the keyboard.
"""
