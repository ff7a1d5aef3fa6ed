"""The keys and values of a file of LMDB, found in its pages.

The library maps the file and trusts it: one that is cut or damaged ends the process. Here every place is looked at
before it is used, and any blob will do. Read is what LMDB 0.9 writes on 64-bit little-endian machines.

    pages 0 and 1: which is the newest, where the root is | branches: keys -> pages | leaves: keys -> values
    a value too long for a leaf lies on pages of its own, end to end
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from inspector.errors import SourceError
from inspector.formats.problems import BadFile, ProblemKind
from inspector.sources.containers.blob import Blob

_MAGIC, _VERSION = 0xBEEFC0DE, 1
_PAGE = struct.Struct("<Q2x3H")  # number, flags, end of the pointers, begin of the nodes
_META = struct.Struct("<2I2Q")  # behind the header of a page
_TREE = struct.Struct("<I2H5Q")  # page size or pad, flags, depth, branches, leaves, overflow pages, entries, root
_NODE = struct.Struct("<4H")
_HEADER_BYTES = 16
_BRANCH, _LEAF, _OVERFLOW, _META_PAGE = 1, 2, 4, 8
_ON_OWN_PAGES, _SUB_TREE, _DUPLICATES = 1, 2, 4
_NONE = (1 << 64) - 1
_MOST_DEPTH = 32
_KEPT_PAGES = 64


class KeyValue(NamedTuple):
    """One key with its value.

    Attributes:
        key: of at most 511 bytes, by default.
        offset: where the value begins in the file.
        length: of it, in bytes.
        node: where the key begins.
        plain: it is a value, and no tree of its own.
    """

    key: bytes
    offset: int
    length: int
    node: int
    plain: bool


class LmdbFile:
    """A file of LMDB, open to be read.

    Raises:
        SourceError: where it is none, or one that is not supported.
        BadFile: where it cannot be read.
    """

    def __init__(self, blob: Blob) -> None:
        self._blob = blob
        self._pages: dict[int, bytes] = {}
        first = blob.read(0, min(blob.size, 4096))
        meta = self._meta(first)
        self._page_bytes = _TREE.unpack_from(first, _HEADER_BYTES + _META.size)[0]
        if not 256 <= self._page_bytes <= 1 << 16 or self._page_bytes & (self._page_bytes - 1):
            raise self._none("it does not say how long its pages are")
        second = blob.read(self._page_bytes, 4096) if blob.size >= self._page_bytes + 4096 else b""
        if self._transaction(second) > self._transaction(first):
            meta = second
        tree = _TREE.unpack_from(meta, _HEADER_BYTES + _META.size + _TREE.size)
        if tree[1] & 0x4:
            raise SourceError(f"{blob.location} has several values for one key, which is not supported")
        self.count, self._root = tree[6], tree[7]

    def items(self) -> Iterator[KeyValue]:
        """All keys in their order.

        Raises:
            BadFile: where the file cannot be read on.
        """
        if self._root == _NONE:
            return
        budget = self._blob.size // self._page_bytes + 1  # of pages: a tree that has more leads in a circle
        waiting = [(self._root, 0)]
        while waiting:
            number, depth = waiting.pop()
            page, flags, nodes = self._nodes(number)
            budget -= 1
            if depth > _MOST_DEPTH or budget < 0:
                raise _damaged(number)
            if flags & _BRANCH:
                waiting += [(self._child(page, at), depth + 1) for at in reversed(nodes)]
            else:
                for at in nodes:
                    yield self._item(number, page, at)

    def find(self, key: bytes) -> KeyValue | None:
        """The item with that key; None where there is none.

        Raises: see `items`.
        """
        number = self._root
        for _ in range(_MOST_DEPTH):
            if number == _NONE:
                return None
            page, flags, nodes = self._nodes(number)
            if not flags & _BRANCH:
                return next((self._item(number, page, at) for at in nodes if self._key(page, at) == key), None)
            chosen = nodes[0]
            for at in nodes[1:]:  # the first one stands for all that is before
                if self._key(page, at) > key:
                    break
                chosen = at
            number = self._child(page, chosen)
        raise _damaged(self._root)

    def _meta(self, page: bytes) -> bytes:
        if len(page) < _HEADER_BYTES + _META.size + 2 * _TREE.size + 16:
            raise self._none("it is too short")
        magic, version, _, _ = _META.unpack_from(page, _HEADER_BYTES)
        if magic != _MAGIC:
            raise self._none("it does not begin as one of a 64-bit little-endian machine does")
        if version != _VERSION:
            raise self._none(f"version {version} of the format is not supported")
        return page

    def _transaction(self, page: bytes) -> int:
        if len(page) < 152 or _META.unpack_from(page, _HEADER_BYTES)[:2] != (_MAGIC, _VERSION):
            return -1
        return int(struct.unpack_from("<Q", page, _HEADER_BYTES + _META.size + 2 * _TREE.size + 8)[0])

    def _none(self, why: str) -> SourceError:
        return SourceError(f"{self._blob.location} is no file of LMDB: {why}")

    def _page(self, number: int) -> bytes:
        page = self._pages.get(number)
        if page is None:
            start = number * self._page_bytes
            if start + self._page_bytes > self._blob.size:
                reason = (
                    f"The file of LMDB ends at byte {self._blob.size:,}, before its page {number:,}: it is cut, and "
                    "what came after is missing. Copy it again."
                )
                raise BadFile(ProblemKind.TRUNCATED, reason)
            if len(self._pages) >= _KEPT_PAGES:
                self._pages.pop(next(iter(self._pages)))
            page = self._pages[number] = self._blob.read(start, self._page_bytes)
        return page

    def _nodes(self, number: int) -> tuple[bytes, int, tuple[int, ...]]:
        """A page, its flags, and where each of its nodes begins."""
        page = self._page(number)
        own, flags, lower, upper = _PAGE.unpack_from(page)
        kind = flags & (_BRANCH | _LEAF | _OVERFLOW | _META_PAGE)
        if own != number or kind not in (_BRANCH, _LEAF) or not _HEADER_BYTES <= lower <= upper <= len(page):
            raise _damaged(number)
        nodes = struct.unpack_from(f"<{(lower - _HEADER_BYTES) // 2}H", page, _HEADER_BYTES)
        if not all(upper <= at <= len(page) - _NODE.size for at in nodes) or (flags & _BRANCH and not nodes):
            raise _damaged(number)
        return page, flags, nodes

    def _child(self, page: bytes, at: int) -> int:
        low, middle, high, _ = _NODE.unpack_from(page, at)
        return int(low | middle << 16 | high << 32)

    def _key(self, page: bytes, at: int) -> bytes:
        return page[at + _NODE.size : at + _NODE.size + _NODE.unpack_from(page, at)[3]]

    def _item(self, number: int, page: bytes, at: int) -> KeyValue:
        low, high, flags, key_bytes = _NODE.unpack_from(page, at)
        length, start = low | high << 16, at + _NODE.size + key_bytes
        if start > len(page):
            raise _damaged(number)
        node = number * self._page_bytes + at + _NODE.size
        plain = not flags & (_SUB_TREE | _DUPLICATES)
        if not flags & _ON_OWN_PAGES:
            if start + length > len(page):
                raise _damaged(number)
            return KeyValue(self._key(page, at), number * self._page_bytes + start, length, node, plain)
        if start + 8 > len(page):
            raise _damaged(number)
        first = struct.unpack_from("<Q", page, start)[0] * self._page_bytes + _HEADER_BYTES
        return KeyValue(self._key(page, at), first, length, node, plain)


def _damaged(number: int) -> BadFile:
    reason = f"The file of LMDB is damaged in its page {number:,}, so that the samples behind it cannot be found."
    return BadFile(ProblemKind.DAMAGED, reason)
