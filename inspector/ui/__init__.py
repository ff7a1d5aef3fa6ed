"""The window: everything that knows Qt.

In come `Snapshot`, `Series` and `BatchView` records, which one timer in `window` fetches from a `Session`; out go plain
method calls on that session (`run`, `pause`, `next_batch`, `change`, ...). The GUI thread reads no file, never
decodes and never waits: each panel is handed a record and compares it with what it shows, so that a record which
changes nothing costs nothing. Data rate and paint rate are separate; every part has its own calm pace.

What a user asks to be done with bad files is done elsewhere, too: `examiner` is a process of its own, which decodes
what may crash; `background` is a thread, which moves and exports. Timers and signals of Qt bring back what they found.

Who owns what: `window` owns the timer, the menus and the panels, and it alone talks to the session. A panel owns its
widgets and its model and knows only records. `prover` owns the thread in which the files of the batch on the screen are
decoded a second time (`second_look`, `second_decoder`), and `viewer` the window for one image. `theme` alone knows
colours, `display` (free of Qt) whether a window can be shown at all.
"""
