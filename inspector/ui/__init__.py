"""The window: everything that knows Qt.

In come `Snapshot`, `Series` and `BatchView` records, which one timer in `window` fetches from a `Session`; out go plain
method calls on that session (`run`, `pause`, `next_batch`, `change`, ...). Nothing here reads a file of the data set,
decodes, or waits: each panel is handed a record and compares it with what it shows, so that a record which changes
nothing costs nothing. Data rate and paint rate are separate; every part has its own calm pace.

Who owns what: `window` owns the timer, the menus and the panels, and it alone talks to the session. A panel owns its
widgets and its model and knows only records. `theme` alone knows colours, `display`
(free of Qt) whether a window can be shown at all.
"""
