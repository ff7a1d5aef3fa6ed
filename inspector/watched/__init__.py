"""What somebody's DataLoader does, read from the rings that `inspector.hook` writes in their training process.

    rings, pictures (files of a run's folder) -> ring -> reader.RunReader -> records -> verdict, advice -> exports
                                                                          -> pixels
    the same, of runs that have ended: kept -> RunFiles ----^      runs: which there are

`RunReader(folder)` reads everything again at each call, from any thread, and waits for nothing:

- `read()` gives a `Run`: `loaders`, each a `WatchedLoader` with its settings, `totals`, `workers`, `slowest`, `errors`
  and the last `events` (a structured array), and `marks`, which say how far the hook came. Loaders are in the order in
  which they were first used, the ranks of a run side by side; `WatchedLoader.key` stays the same from read to read.
- `pictures(key)` gives the last `PictureSet` of a loader, or None; `pixels.as_rgb` turns one into RGB for people.

Totals only ever count up: rates over a span of time are the difference of two reads. Times are seconds of the
machine's monotonic clock (`time.monotonic()`). What is not known is None.
"""
