"""A session, whichever it is, for views in other processes.

    Link -> intents, calls -> Session -> state, pictures, answers -> Link

A `SessionServer` belongs to one session and gives each connection a `Publisher`, which sends what has changed since it
sent last, as often as the line takes it, and `Calls`, which answer. What a connection asks for beyond the session's
capabilities is refused. Nothing is queued: the state is made when the one before has left.
"""

from inspector.session.serving.server import Connection, SessionServer

__all__ = ["Connection", "SessionServer"]
