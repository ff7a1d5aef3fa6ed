"""`SearchTask`: one of the searches for near-duplicates, for a worker that has the hashes of all files."""

from typing import NamedTuple

from inspector.scan.near_pairs import BandSearch


class SearchTask(NamedTuple):
    """`first`: its number, by which it is known as a chunk is by its first file."""

    first: int
    search: BandSearch
