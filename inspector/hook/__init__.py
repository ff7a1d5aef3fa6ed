"""What goes into a user's training process: it watches `torch.utils.data`, and changes nothing.

    sitecustomize -> finder -> patches -> consumer (who calls next)  -> rings, pictures -> `inspector.watched`
                                       -> fetching (who loads samples)

The folder `site` is first on the command's PYTHONPATH, so that every Python of it runs our `sitecustomize`, which runs
the one that it hides and waits for `torch.utils.data` to be imported. `patches` then wraps what exists of the names it
knows; a name that is missing loses one figure. `consumer` follows each iterator (`iterations`: whose time it is),
`fetching` each sample, wherever that runs; both write totals and events into `rings`, files of a folder that only this
user can read. `layout` says what is where in them, and is all that the reader shares. Nothing waits for a reader.

The package runs in other people's environments: standard library only, Python 3.8 or later, nothing of `inspector`. In
a training process it is called `_inspector_hook`. Whatever fails in here is dropped: the training must not notice.
"""
