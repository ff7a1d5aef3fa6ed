"""The Hugging Face Hub, through fsspec and the driver that the user has installed."""

import time
from collections.abc import Iterator
from typing import Any

from inspector.errors import SourceError
from inspector.extras import install_command
from inspector.sources.remote.address import Address
from inspector.sources.remote.store import (
    FaultKind,
    ObjectRange,
    StoredObject,
    StoreFault,
    kind_of_status,
    retry_after_s,
)

_DRIVERS = {"hf": "huggingface_hub"}
_TAGS = ("etag", "ETag", "blob_id", "mtime", "last_modified")  # whichever a driver has
_LISTED_AT_ONCE = 1000
_PARTIAL = 206
_ANSWER_S = 20.0
_BROKEN_OFF = ("ReadError", "WriteError", "RemoteProtocolError", "ChunkedEncodingError")


class FsspecStore:
    """See `Store`.

    Raises:
        SourceError: where the driver is not installed, or what is set for it cannot work.
    """

    def __init__(self, address: Address) -> None:
        driver = _DRIVERS[address.scheme]
        try:
            import fsspec

            fsspec.get_filesystem_class(address.scheme)
        except ImportError as error:
            command = install_command("remote", driver)
            raise SourceError(f"{address.scheme}:// needs an extra and a driver: run `{command}`.") from error
        self._root = f"{address.host}/"
        self._asks_to_wait_s = 0.0
        try:
            self._files: Any = fsspec.filesystem(address.scheme, skip_instance_cache=True, use_listings_cache=False)
        except Exception as error:  # of the driver's own types; their texts may have what was set
            fault = _fault(error)
            raise SourceError(f"{address.location} cannot be opened ({fault.said}): check that you may.") from None

    def get(self, key: str, start: int, length: int, etag: str) -> ObjectRange:
        """See `Store.get`. Whether it was replaced is not known here.

        The driver's own files list the whole folder first, and read 5 MB ahead.
        """
        began = time.perf_counter()
        try:
            response = self._answer(key, f"bytes={start}-{start + length - 1}" if length >= 0 else "")
        except Exception as error:  # whatever it is, it becomes data
            raise self._fault(error) from None
        data, size = bytes(response.content), -1
        if length >= 0:
            if response.status_code != _PARTIAL:
                raise StoreFault(FaultKind.NO_RANGES, "the answer was not a part of it")
            whole = response.headers.get("Content-Range", "").rpartition("/")[2]
            size = int(whole) if whole.isdecimal() else -1
        return ObjectRange(data, size, "", time.perf_counter() - began)

    def _answer(self, key: str, wanted: str) -> Any:
        from huggingface_hub import hf_hub_url
        from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

        place = self._files.resolve_path(self._root + key)
        if hasattr(place, "repo_id"):
            names: dict[str, Any] = {
                "repo_type": place.repo_type,
                "revision": place.revision,
                "endpoint": self._files.endpoint,
            }
            url = hf_hub_url(place.repo_id, place.path_in_repo, **names)
        else:  # a bucket
            url = self._files.url(self._root + key)
        headers = {**build_hf_headers(), "Accept-Encoding": "identity", **({"Range": wanted} if wanted else {})}
        response = get_session().get(url, headers=headers, timeout=_ANSWER_S)
        hf_raise_for_status(response)
        return response

    def look(self, key: str) -> StoredObject:
        """See `Store.look`."""
        try:
            found = self._files.info(self._root + key, expand_info=True)  # with a tag, and without a listing
        except Exception as error:
            raise self._fault(error) from None
        if found["type"] != "file":
            raise StoreFault(FaultKind.GONE, "it is a folder")
        return StoredObject(key, found["size"], _tag(found))

    def objects(self, prefix: str, after: str = "") -> Iterator[list[StoredObject]]:
        """See `Store.objects`."""
        try:
            found = self._files.find(self._root + prefix, detail=True)
        except Exception as error:
            raise self._fault(error) from None
        start = len(self._root)
        sized = [StoredObject(name[start:], info["size"], _tag(info)) for name, info in sorted(found.items())]
        objects = [each for each in sized if each.key > after]
        for at in range(0, len(objects), _LISTED_AT_ONCE):
            yield objects[at : at + _LISTED_AT_ONCE]

    def asks_to_wait_s(self, key: str) -> float:
        """See `Store.asks_to_wait_s`."""
        return self._asks_to_wait_s

    def _fault(self, error: Exception) -> StoreFault:
        headers = getattr(getattr(error, "response", None), "headers", None)
        self._asks_to_wait_s = retry_after_s(headers.get("Retry-After")) if headers is not None else 0.0
        return _fault(error)


def _tag(info: dict[str, Any]) -> str:
    return next((str(info[name]) for name in _TAGS if info.get(name)), "")


def _fault(error: Exception) -> StoreFault:
    """What an error of a driver's comes down to; its text may have secrets in it."""
    status = getattr(getattr(error, "response", error), "status_code", None)
    if isinstance(status, int):
        return StoreFault(kind_of_status(status), str(status))
    name = type(error).__name__
    if isinstance(error, FileNotFoundError | IsADirectoryError):
        return StoreFault(FaultKind.GONE, name)
    if isinstance(error, PermissionError) or "Authentication" in name:
        return StoreFault(FaultKind.REFUSED, name)
    if name in _BROKEN_OFF:
        return StoreFault(FaultKind.BROKEN_OFF, name)
    if isinstance(error, ConnectionError | TimeoutError | EOFError) or "Connect" in name or "Timeout" in name:
        return StoreFault(FaultKind.AWAY, name)
    return StoreFault(FaultKind.OTHER, name)
