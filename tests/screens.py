"""X servers without a screen, and a window manager for them: where real windows are opened without anybody seeing."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

# No keys and no buttons of its own, but that a click gives a window the keyboard: what is typed is for the program.
_OPENBOX = """<openbox_config xmlns="http://openbox.org/3.4/rc"><keyboard/><mouse><context name="Client">
<mousebind button="Left" action="Press"><action name="Focus"/><action name="Raise"/></mousebind>
</context></mouse></openbox_config>"""
ENDS_S = 60  # at most, on a busy machine


@contextmanager
def x_server() -> Iterator[str]:
    """An Xvfb with 1600x1000 pixels; gives the value for DISPLAY."""
    ready, tell = os.pipe()
    command = ["Xvfb", "-displayfd", str(tell), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[tell], stderr=subprocess.DEVNULL)
    os.close(tell)
    with os.fdopen(ready) as pipe:
        display = pipe.readline().strip()  # empty where the server ended instead
    try:
        assert display, f"Xvfb did not start; its exit status is {server.wait(ENDS_S)}"
        yield f":{display}"
    finally:
        server.terminate()
        server.wait(ENDS_S)


@contextmanager
def window_manager(display: str) -> Iterator[None]:
    """An openbox on that display: windows that are opened before it is there get their frames when it is."""
    with tempfile.NamedTemporaryFile("w", suffix=".xml") as settings:
        settings.write(_OPENBOX)
        settings.flush()
        command = ["openbox", "--sm-disable", "--config-file", settings.name]
        manager = subprocess.Popen(command, env=os.environ | {"DISPLAY": display}, stderr=subprocess.DEVNULL)
        try:
            yield
            assert manager.poll() is None, f"openbox did not stay; its exit status is {manager.returncode}"
        finally:
            manager.terminate()
            manager.wait(ENDS_S)
