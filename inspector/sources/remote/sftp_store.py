"""Files on a server that speaks SFTP, through paramiko, with what the user's own ssh has in `~/.ssh`."""

import os
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import unquote

from inspector.errors import SourceError
from inspector.extras import install_command
from inspector.sources.remote.address import Address
from inspector.sources.remote.store import FaultKind, ObjectRange, StoredObject, StoreFault

_CHANNELS = 8  # a server allows ten of a connection, as a rule
_CONNECT_S, _ANSWER_S = 20.0, 30.0
_LISTED_AT_ONCE = 1000


class SftpStore:
    """See `Store`. One connection, and a channel for each thread that reads, up to `_CHANNELS`.

    Raises:
        SourceError: where paramiko is not installed, or the port is no number.
    """

    def __init__(self, address: Address) -> None:
        try:
            import paramiko
        except ImportError as error:
            raise SourceError(f"sftp:// needs a driver: run `{install_command('remote', 'paramiko')}`.") from error
        self._paramiko: Any = paramiko
        self._options = _options(address, paramiko)
        self._client: Any = None
        self._idle: list[Any] = []
        self._room = threading.Semaphore(_CHANNELS)
        self._lock = threading.Lock()

    def get(self, key: str, start: int, length: int, etag: str) -> ObjectRange:
        """See `Store.get`."""
        began = time.perf_counter()
        with self._channel() as channel, channel.open(f"/{key}", "rb", 0) as file:
            status = file.stat()
            first_byte_s = time.perf_counter() - began
            if stat.S_ISDIR(status.st_mode or 0):
                raise StoreFault(FaultKind.GONE, "it is a folder")
            if etag and etag != _tag(status):
                raise StoreFault(FaultKind.REPLACED, "")
            size = int(status.st_size or 0)
            wanted = size - start if length < 0 else min(length, size - start)
            if wanted <= 0 < length:
                raise StoreFault(FaultKind.PAST_END, "")
            data = b"".join(file.readv([(start, wanted)])) if wanted else b""  # parts of it are asked for at once
        return ObjectRange(data, size, _tag(status), first_byte_s)

    def look(self, key: str) -> StoredObject:
        """See `Store.look`."""
        with self._channel() as channel:
            status = channel.stat(f"/{key}")
        if not stat.S_ISREG(status.st_mode or 0):
            raise StoreFault(FaultKind.GONE, "it is no file")
        return StoredObject(key, int(status.st_size or 0), _tag(status))

    def objects(self, prefix: str, after: str = "") -> Iterator[list[StoredObject]]:
        """See `Store.objects`. Links to folders are not followed."""
        found: list[StoredObject] = []
        folders = [prefix]
        with self._channel() as channel:
            while folders:
                folder = folders.pop()
                for status in channel.listdir_iter(f"/{folder}"):
                    key = folder + status.filename
                    if stat.S_ISDIR(status.st_mode or 0):
                        folders.append(f"{key}/")
                        continue
                    if stat.S_ISLNK(status.st_mode or 0):
                        try:
                            status = channel.stat(f"/{key}")
                        except FileNotFoundError:  # it leads nowhere
                            continue
                    if stat.S_ISREG(status.st_mode or 0) and key > after:
                        found.append(StoredObject(key, int(status.st_size or 0), _tag(status)))
        found.sort()
        for at in range(0, len(found), _LISTED_AT_ONCE):
            yield found[at : at + _LISTED_AT_ONCE]

    def asks_to_wait_s(self, key: str) -> float:
        """See `Store.asks_to_wait_s`: never."""
        return 0.0

    @contextmanager
    def _channel(self) -> Iterator[Any]:
        """One for this thread; what goes wrong is a StoreFault, and the connection is made again then."""
        with self._room:
            channel = None
            try:
                with self._lock:
                    channel = self._idle.pop() if self._idle else self._new_channel()
                yield channel
            except (StoreFault, FileNotFoundError, PermissionError) as error:
                self._idle.append(channel)
                raise (error if isinstance(error, StoreFault) else _fault(error, self._paramiko)) from None
            except Exception as error:  # whatever it is, it becomes data; its text may have secrets
                self._drop()
                raise _fault(error, self._paramiko) from None
            else:
                self._idle.append(channel)

    def _new_channel(self) -> Any:
        if self._client is None:
            client = self._paramiko.SSHClient()
            client.load_system_host_keys()  # whom it does not know, it does not talk to
            try:
                client.connect(**self._options)
            except BaseException:
                client.close()
                raise
            self._client = client
        channel = self._client.open_sftp()
        channel.get_channel().settimeout(_ANSWER_S)
        return channel

    def __del__(self) -> None:
        if (client := getattr(self, "_client", None)) is not None:
            client.close()

    def _drop(self) -> None:
        with self._lock:
            client, self._client = self._client, None
            self._idle.clear()
        if client is not None:
            client.close()


def _options(address: Address, paramiko: Any) -> dict[str, Any]:
    """For `SSHClient.connect`: what the URL has wins over what `~/.ssh/config` has."""
    host, _, port = address.host.partition(":")
    if port and not port.isdecimal():
        raise SourceError(f"{address.location}: {port} is no port: give a number, as in sftp://host:22/folder.")
    name, _, password = address.user.partition(":")
    config = paramiko.SSHConfig()
    with suppress(OSError, paramiko.SSHException):
        config = paramiko.SSHConfig.from_path(os.path.expanduser("~/.ssh/config"))
    known = config.lookup(host)
    options = {
        "hostname": known.get("hostname", host),
        "port": int(port or known.get("port", 22)),
        "username": unquote(name) or known.get("user"),
        "password": unquote(password) or None,
        "key_filename": [each for each in known.get("identityfile", []) if os.path.isfile(each)] or None,
    }
    return {**options, "timeout": _CONNECT_S, "banner_timeout": _CONNECT_S, "auth_timeout": _CONNECT_S}


def _tag(status: Any) -> str:
    return f"changed {status.st_mtime} {status.st_size}"


def _fault(error: Exception, paramiko: Any) -> StoreFault:
    """What an error comes down to."""
    name = type(error).__name__
    if isinstance(error, FileNotFoundError):
        return StoreFault(FaultKind.GONE, "")
    if isinstance(error, PermissionError | paramiko.AuthenticationException | paramiko.PasswordRequiredException):
        return StoreFault(FaultKind.REFUSED, name)
    if isinstance(error, paramiko.BadHostKeyException) or "known_hosts" in str(error):
        return StoreFault(FaultKind.UNTRUSTED, name)
    if isinstance(error, EOFError | ConnectionError | paramiko.SSHException):
        refused = isinstance(error, ConnectionRefusedError | paramiko.ssh_exception.NoValidConnectionsError)
        if "No authentication methods" in str(error):
            return StoreFault(FaultKind.REFUSED, name)
        return StoreFault(FaultKind.AWAY if refused else FaultKind.BROKEN_OFF, name)
    if isinstance(error, OSError):  # a name that leads nowhere, a time-out
        return StoreFault(FaultKind.AWAY, name)
    return StoreFault(FaultKind.OTHER, name)
