"""A session on another machine, as views know sessions.

    views -> RemoteSession -> intents, calls -> Line -> Link ... SessionServer
    views <- RemoteSession <- Mirror <- state, pictures <-  Line <- Link

`Line` keeps the connection: it connects again when it breaks, and sends again what was not heard. `Mirror` holds what
came last, checked by `checks`, since it may come from anybody; pictures are decoded in the thread of the link. `calls`
are questions with an answer, and those that a view asks again and again. `jobs` are a scan, a sweep and moves there,
`findings` the rows of that scan, `annotations` the labels of what is open there.
"""

from inspector.session.remote.session import RemoteSession

__all__ = ["RemoteSession"]
