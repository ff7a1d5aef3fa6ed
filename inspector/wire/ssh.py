"""`SshConnector`: runs inspector on another machine through the user's own `ssh`, with its configuration and keys."""

import base64
import json
import os
import shlex
import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress

from inspector import __version__
from inspector.extras import DISTRIBUTION
from inspector.formatting import readable
from inspector.wire.address import SshAddress
from inspector.wire.errors import WireError
from inspector.wire.link import ByteStream

MISSING = "inspector-is-missing"
ENDED = "inspector-ended:"  # and the last words of the process there
_KEPT_BYTES = 8192  # of what ssh says
_ENDS_S = 4.0  # so long may the last words take
_SSH_FAILED, _SHELL_FINDS_NOTHING = 255, 127

# In any user's login shell this is one word of plain characters; `sh` reads it. What is asked for travels encoded.
_SCRIPT = " ".join(  # csh allows no line's end between quotes
    """
python=$2;
case $python in "~/"*) python=$HOME/${python#"~/"};; esac;
if [ -n "$python" ]; then
  if command -v "$python" >/dev/null 2>&1; then exec "$python" -P -m inspector serve --stdio --arguments "$1"; fi;
  echo MISSING-python >&2; exit 127;
fi;
for place in inspector "$HOME/.local/bin/inspector"; do
  if command -v "$place" >/dev/null 2>&1; then exec "$place" serve --stdio --arguments "$1"; fi;
done;
echo MISSING >&2; exit 127
""".replace("MISSING", MISSING).split()
)
# Where pip may not touch the system's Python, as on Debian, this works, too; what it makes is found by _SCRIPT.
_INSTALL = (
    "python3 -m venv ~/.inspector && ~/.inspector/bin/pip install {what} && mkdir -p ~/.local/bin && "
    "ln -sf ~/.inspector/bin/inspector ~/.local/bin/"
)


def encoded(arguments: Sequence[str]) -> str:
    """Arguments of a command line as a word that no shell changes."""
    return base64.urlsafe_b64encode(json.dumps(list(arguments)).encode("ascii")).decode("ascii")


def decoded(word: str) -> list[str]:
    """The arguments again.

    Raises:
        WireError: where these are none.
    """
    try:
        arguments = json.loads(base64.urlsafe_b64decode(word.encode("ascii")))
    except ValueError as error:
        raise WireError("These are no arguments of ours.") from error
    if not isinstance(arguments, list) or not all(isinstance(each, str) for each in arguments):
        raise WireError("These are no arguments of ours.")
    return arguments


def ssh_command(address: SshAddress, arguments: Sequence[str]) -> list[str]:
    """The command that runs `inspector serve` there, with these arguments."""
    far = f"exec sh -c {shlex.quote(_SCRIPT)} inspector {encoded(arguments)} {shlex.quote(address.python)}"
    *port, destination = _place(address)
    return ["ssh", "-T", "-o", "ConnectTimeout=20", *port, "--", destination, far]


def _place(address: SshAddress) -> list[str]:
    """Where to, as arguments of `ssh`."""
    port = ["-p", str(address.port)] if address.port is not None else []
    return [*port, address.destination]


class SshConnector:
    """Makes connections to one run on another machine.

    Args:
        arguments: of `inspector serve` there.
        environ: what else `ssh` finds in its environment, such as who asks for a password.

    Attributes:
        host: as the user named it.
    """

    def __init__(
        self, address: SshAddress, arguments: Sequence[str], *, environ: Mapping[str, str] | None = None
    ) -> None:
        self.host = address.host
        self._command = ssh_command(address, arguments)
        self._environ = {**os.environ, **(environ or {})}
        self._python = address.python
        self._place = _place(address)
        self._process: subprocess.Popen[bytes] | None = None
        self._said = bytearray()
        self._listener: threading.Thread | None = None
        self._lock = threading.Lock()

    def open(self, *, again: bool) -> ByteStream:
        """Another connection.

        Raises:
            WireError: where there is no `ssh` here.
        """
        ssh = shutil.which(self._command[0])
        if ssh is None:
            raise WireError("There is no ssh on this machine: install OpenSSH's client, such as openssh-client.")
        self._end()
        # Ctrl+C, and what ends the whole group, is for us: we say goodbye first.
        ignoring = ["sh", "-c", 'trap "" INT QUIT HUP TERM; exec "$@"', "ssh", ssh, *self._command[1:]]
        process = subprocess.Popen(
            ignoring,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environ,
            bufsize=0,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        with self._lock:
            self._process = process
            self._said = bytearray()
        self._listener = threading.Thread(
            target=self._listen, args=(process, self._said), name="inspector-ssh", daemon=True
        )
        self._listener.start()
        stdin, stdout = process.stdin, process.stdout

        def close() -> None:
            stdin.close()
            stdout.close()

        return ByteStream(stdout.fileno(), stdin.fileno(), close)

    def explain(self, why: str) -> tuple[str, bool]:
        """Why the last connection ended, with ssh's own last line where it is ssh that has ended."""
        status = self._end()
        if self._listener is not None:
            self._listener.join(_ENDS_S)  # until all that it said was read; what it has started may hold the pipe open
        lines = [line.strip() for line in self._said.decode("utf-8", "replace").splitlines() if line.strip()]
        last = readable(lines[-1])[:300].rstrip(".") if lines else ""
        said = "\n".join(lines)
        if MISSING + "-python" in said:
            return f"There is no {readable(self._python)} on {self.host}: correct ?python= in the URL.", True
        if MISSING in said or "No module named inspector" in said:
            return f"inspector was not found on {self.host}. Install it there:  {self._install()}", True
        ended = [line.removeprefix(ENDED).strip() for line in lines if line.startswith(ENDED)]
        if status == 0 and ended:
            return f"What loaded on {self.host} ended: {readable(ended[-1])[:300].rstrip('.')}.", False
        if status == _SSH_FAILED and last:
            return f"ssh cannot reach {self.host}: {last}.", False
        if status in (1, 2, _SHELL_FINDS_NOTHING) and last:
            return f"inspector could not be started on {self.host}: {last.removeprefix('inspector: ')}.", False
        return why, False

    def _install(self) -> str:
        """The command that installs this version there."""
        what = f"{DISTRIBUTION}=={__version__}"
        home, _, rest = self._python.rpartition("~/")
        python = shlex.quote(self._python) if home or rest == self._python else f"~/{shlex.quote(rest)}"
        there = f"{python} -m pip install {what}" if self._python else _INSTALL.format(what=what)
        return f"ssh {' '.join(map(shlex.quote, self._place))} {shlex.quote(there)}"

    def close(self) -> None:
        """End ssh, if it runs."""
        self._end()

    def _listen(self, process: "subprocess.Popen[bytes]", said: bytearray) -> None:
        assert process.stderr is not None
        with process.stderr as stream:
            while data := stream.read(4096):
                said += data
                del said[:-_KEPT_BYTES]

    def _end(self) -> int | None:
        """Its exit status; None where it was still at work."""
        with self._lock:
            process, self._process = self._process, None
        if process is None:
            return None
        status: int | None = None
        with suppress(subprocess.TimeoutExpired):
            status = process.wait(_ENDS_S)
        if status is None:
            process.kill()  # it ignores what is gentler
            process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        return status
