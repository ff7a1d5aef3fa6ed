"""What a bug report needs: a look at everything inspector stands on, each line with what to do where it is wrong.

`examine` gives `Diagnostic`s in order, as they are made. What may crash or hang (importing OpenCV and Qt, opening a
window, starting workers) happens in child processes, so that it ends in a line of the report and not in its end. Qt is
never loaded here. Nothing is changed and nothing is sent anywhere.
"""

from collections.abc import Iterator

from inspector.doctor.findings import Diagnostic, Level

__all__ = ["Diagnostic", "Level", "examine"]


def examine() -> Iterator[Diagnostic]:
    """Look at everything; takes some seconds in all."""
    from inspector.doctor import machine, versions, window, workers  # here: who only shows findings needs none of it

    yield from versions.examine()
    yield from window.examine()
    yield from machine.examine()
    yield from workers.examine()
