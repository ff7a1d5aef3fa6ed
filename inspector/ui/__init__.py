"""The window: everything that knows Qt.

In come `Snapshot`, `Series` and `BatchView` records, which one timer in `window` fetches from a `Session`; out go plain
method calls on that session (`run`, `pause`, `next_batch`, `change`, ...). The GUI thread reads no file, never
decodes and never waits: each panel is handed a record and compares it with what it shows, so that a record which
changes nothing costs nothing. Data rate and paint rate are separate; every part has its own calm pace.

What a user asks to be done with bad files is done elsewhere, too: `examiner` is a process of its own, which decodes
what may crash; `background` is a thread, which moves and exports. Timers and signals of Qt bring back what they found.

Who owns what: `window` owns the timer and the panels, and it talks to the session. `shell` is the frame around them:
actions, menus, what is opened, remembered and undone. A package for each part of the window: `batch` and `proof` in the
middle, `measures` at the right, `problems`, `scan`, `tuner`, `statistics` and `faults` (with the log) below, and
`viewer` for one image. A panel owns its widgets and its model and knows only records. `theme` alone knows colours.
"""
