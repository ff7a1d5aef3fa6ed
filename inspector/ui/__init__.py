"""The window: everything that knows Qt.

In come `Snapshot`, `Series` and `BatchView` records, which the one timer of `refresh` fetches from a `Session`; out go
plain method calls on that session (`run`, `pause`, `next_batch`, `change`, ...). The GUI thread reads no file, never
decodes and never waits: each panel is handed a record and compares it with what it shows, so that a record which
changes nothing costs nothing. Data rate and paint rate are separate; every part has its own calm pace.

What takes longer is done elsewhere: the session gives a Future or a Job, `background_job` and `exporting` are threads.
`future_watcher`, timers and signals of Qt bring back what they found.

Who owns what: `panels` makes the parts of the window that the session can fill (`capabilities`), and `window` connects
them with it. `shell` is the frame around them: actions, menus, what is opened, remembered and undone. A package for
each part of the window: `batch` in the middle, with `labels` over its pictures, `settings` or `training` at the left,
`measurements` at the right, `problems`, `scan`, `tuner`, `statistics` and `faults` (with the log) below, and `viewer`
for one image. A panel owns its widgets and its model and knows only records. `theme` alone knows colours.
"""
