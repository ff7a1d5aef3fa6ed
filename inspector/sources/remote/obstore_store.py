"""S3, Google Cloud Storage, Azure and web servers, through obstore."""

import base64
import configparser
import os
import re
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from inspector.errors import SourceError
from inspector.extras import install_command
from inspector.formats.reading import MAX_FILE_BYTES
from inspector.sources.remote.address import Address
from inspector.sources.remote.store import (
    FaultKind,
    ObjectRange,
    StoredObject,
    StoreFault,
    kind_of_status,
    retry_after_s,
)

_CLIENT = {"connect_timeout": "5s", "read_timeout": "20s", "timeout": "300s"}
_LISTED_AT_ONCE = 1000
_ASKING_S, _SILENT_S = 5.0, 10.0
_SIGNED_FOR = timedelta(minutes=1)
_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>(\w{1,40})</Code>")
_OF_CODE = {
    "ExpiredToken": FaultKind.EXPIRED,
    "TokenRefreshRequired": FaultKind.EXPIRED,
    "RequestTimeTooSkewed": FaultKind.REFUSED,
    "InvalidToken": FaultKind.REFUSED,
    "SlowDown": FaultKind.THROTTLED,
    "Throttling": FaultKind.THROTTLED,
    "RequestTimeout": FaultKind.AWAY,
}
_OF_TYPE = {
    "FileNotFoundError": FaultKind.GONE,
    "NotFoundError": FaultKind.GONE,
    "PermissionDeniedError": FaultKind.REFUSED,
    "UnauthenticatedError": FaultKind.REFUSED,
    "PreconditionError": FaultKind.REPLACED,
    "NotSupportedError": FaultKind.NO_RANGES,
}


_OF_TEXT = (  # the first that fits
    ("non-partial response", FaultKind.NO_RANGES, "the answer was not a part of it"),
    ("UnexpectedRange", FaultKind.NO_RANGES, "the answer was another part of it"),
    ("MissingContentLength", FaultKind.NO_LENGTH, ""),
    ("InvalidCertificate", FaultKind.UNTRUSTED, ""),
    ("following redirect", FaultKind.OTHER, "it redirects in a circle"),
    ("Timeout", FaultKind.AWAY, "timed out"),
    ("Connect", FaultKind.AWAY, "no connection"),
    ("HTTP error", FaultKind.BROKEN_OFF, ""),
)


class ObstoreStore:
    """See `Store`. Its own retries are off: ours are counted.

    Raises:
        SourceError: where obstore is not installed, or what is set for it cannot work.
    """

    def __init__(self, address: Address) -> None:
        try:
            import obstore
        except ImportError as error:
            raise SourceError(f"{address.scheme}:// needs an extra: run `{install_command('remote')}`.") from error
        self._obstore = obstore
        self._address = address
        self._asking = threading.Lock()
        self._silent_until_s = 0.0  # it has just answered without saying how long
        try:
            self._store = _open(address)
        except Exception as error:  # of obstore's own types; their texts may have what was set
            reason = f"{address.location} cannot be opened ({type(error).__name__}): check the settings of its store"
            raise SourceError(f"{reason} in the environment, such as the region or the account.") from None

    def get(self, key: str, start: int, length: int, etag: str) -> ObjectRange:
        """See `Store.get`."""
        options: dict[str, Any] = {"range": (start, start + length)} if length >= 0 else {}
        if etag.startswith('"'):  # a weak one never matches
            options["if_match"] = etag
        began = time.perf_counter()
        try:
            result = self._obstore.get(self._store, key, options=options)
            first_byte_s = time.perf_counter() - began
            meta, encoding = result.meta, str(result.attributes.get("Content-Encoding", "identity"))
            data = bytes(result.bytes())
        except Exception as error:  # whatever it is, it becomes data
            raise _fault(error) from None
        if encoding != "identity":
            data = _unpacked(data, encoding, is_whole=length < 0)
        return ObjectRange(data, meta["size"], _tag(meta), first_byte_s)

    def look(self, key: str) -> StoredObject:
        """See `Store.look`. Asks for its first byte: a signed URL allows no other kind of request."""
        try:
            part = self.get(key, 0, 1, "")
        except StoreFault as fault:
            if fault.kind is not FaultKind.PAST_END:
                raise
            return StoredObject(key, 0, "")
        return StoredObject(key, part.size, part.etag)

    def objects(self, prefix: str, after: str = "") -> Iterator[list[StoredObject]]:
        """See `Store.objects`."""
        try:
            found = self._obstore.list(self._store, prefix or None, offset=after or None, chunk_size=_LISTED_AT_ONCE)
            for chunk in found:
                yield [StoredObject(each["path"], each["size"], _tag(each)) for each in chunk]
        except Exception as error:
            raise _fault(error) from None

    def asks_to_wait_s(self, key: str) -> float:
        """See `Store.asks_to_wait_s`. obstore has no headers of what failed: one of all threads asks once more."""
        if not key or time.monotonic() < self._silent_until_s or not self._asking.acquire(blocking=False):
            return 0.0
        asks_s = 0.0
        try:
            with suppress(Exception):  # no key, no such server: then nothing is known
                asks_s = _asks_to_wait_s(self._url_of(key), self._address.user)
            if not asks_s:
                self._silent_until_s = time.monotonic() + _SILENT_S
        finally:
            self._asking.release()
        return asks_s

    def _url_of(self, key: str) -> str:
        """Where an object can be asked for; it may be secret."""
        address = self._address
        if address.scheme not in ("http", "https"):
            return str(self._obstore.sign(self._store, "GET", key, _SIGNED_FOR))
        return f"{address.scheme}://{address.host}/{quote(key)}" + (f"?{address.query}" if address.query else "")


def _asks_to_wait_s(url: str, user: str) -> float:
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    request = Request(url, headers={"Range": "bytes=0-0", **_authorization(user)})
    try:
        with urlopen(request, timeout=_ASKING_S):
            return 0.0
    except HTTPError as error:
        with error:
            return retry_after_s(error.headers.get("Retry-After"))


def _authorization(user: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(user.encode()).decode()}"} if user else {}


def _open(address: Address) -> Any:
    from obstore.store import AzureStore, GCSStore, HTTPStore, S3Store

    options: dict[str, Any] = dict(_CLIENT)
    retries: Any = {"max_retries": 0}
    match address.scheme:
        case "s3":
            config = _aws_profile()
            endpoint = config.get("endpoint") or os.environ.get("AWS_ENDPOINT_URL_S3", "")
            if endpoint:
                config["endpoint"] = endpoint
            if (endpoint or os.environ.get("AWS_ENDPOINT_URL", "")).startswith("http:"):
                options["allow_http"] = True
            if bundle := os.environ.get("AWS_CA_BUNDLE"):
                options["root_certificate"] = Path(bundle).read_bytes()
            return S3Store(address.host, config=config, client_options=options, retry_config=retries)
        case "gs":
            emulator = os.environ.get("STORAGE_EMULATOR_HOST", "")  # as with Google's own tools
            gs: dict[str, Any] = {}
            if emulator:
                emulator = emulator if "://" in emulator else f"http://{emulator}"
                gs = {"base_url": emulator.rstrip("/"), "skip_signature": True}
                options["allow_http"] = emulator.startswith("http:")
            return GCSStore(address.host, config=gs, client_options=options, retry_config=retries)
        case "az":
            endpoint = os.environ.get("AZURE_STORAGE_ENDPOINT") or os.environ.get("AZURE_ENDPOINT", "")
            options["allow_http"] = endpoint.startswith("http:")  # as with AWS: whoever sets it, wants it
            return AzureStore(address.host, client_options=options, retry_config=retries)
    if address.user:
        options["default_headers"] = _authorization(address.user)
    options["allow_http"] = address.scheme == "http"
    url = f"{address.scheme}://{address.host}" + (f"?{address.query}" if address.query else "")
    return HTTPStore(url, client_options=options, retry_config=retries)


def _aws_profile() -> dict[str, str]:
    """What the AWS tools' own files have, which obstore does not read; the environment wins, as with these tools."""
    profile = os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE") or "default"
    found: dict[str, str] = {}
    for variable, file, section in (
        ("AWS_CONFIG_FILE", "~/.aws/config", profile if profile == "default" else f"profile {profile}"),
        ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", profile),
    ):
        parser = configparser.RawConfigParser()
        try:
            parser.read(os.path.expanduser(os.environ.get(variable) or file), encoding="utf-8")
            found |= dict(parser[section]) if parser.has_section(section) else {}
        except (configparser.Error, UnicodeDecodeError):
            continue
    config = {}
    if "AWS_ACCESS_KEY_ID" not in os.environ and "aws_access_key_id" in found:
        for ours, theirs in (
            ("access_key_id", "aws_access_key_id"),
            ("secret_access_key", "aws_secret_access_key"),
            ("session_token", "aws_session_token"),
        ):
            if theirs in found:
                config[ours] = found[theirs]
    if "AWS_REGION" not in os.environ and "AWS_DEFAULT_REGION" not in os.environ and "region" in found:
        config["region"] = found["region"]
    if "AWS_ENDPOINT_URL" not in os.environ and "endpoint_url" in found:
        config["endpoint"] = found["endpoint_url"]
    return config


def _tag(meta: Any) -> str:
    """The entity tag, or when it was changed last; "" where neither is known."""
    tag: str | None = meta["e_tag"]
    if tag:
        return tag
    changed = meta["last_modified"].timestamp()
    return f"changed {changed:.0f}" if changed > 0 else ""


def _unpacked(data: bytes, encoding: str, *, is_whole: bool) -> bytes:
    """What a server compressed on its way.

    Raises:
        StoreFault: where that cannot be undone.
    """
    if not is_whole or encoding not in ("gzip", "x-gzip"):
        raise StoreFault(FaultKind.COMPRESSED, encoding[:20])
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(data, MAX_FILE_BYTES)
    except zlib.error:
        raise StoreFault(FaultKind.BROKEN_OFF, "damaged gzip") from None
    if not unpacker.eof:
        raise StoreFault(FaultKind.BROKEN_OFF, "incomplete gzip")
    return unpacked


def _fault(error: Exception) -> StoreFault:
    """What an error of obstore's comes down to. Its text has the request's URL, with all that is secret in it."""
    text, name = str(error), type(error).__name__
    status = int(found[1]) if (found := _STATUS.search(text)) else None
    code = found[1] if (found := _CODE.search(text)) else ""
    said = " ".join(filter(None, (str(status or ""), code)))
    if code in _OF_CODE:
        return StoreFault(_OF_CODE[code], said)
    if status is not None:
        return StoreFault(kind_of_status(status), said)
    if name in _OF_TYPE:
        return StoreFault(_OF_TYPE[name], name)
    kind, words = next(((kind, words) for sign, kind, words in _OF_TEXT if sign in text), (FaultKind.OTHER, name))
    return StoreFault(kind, words)
