"""Samples inside larger files: tar, zip, TFRecord, MDS, Arrow, LMDB, Parquet; local or in an object store.

    location ----> Blob ----> ContainerFormat.entries ----> Entry, packed --------> ContainerIndex: who is sample i
                    ^                                          | cached, mapped
                    |                                          v
                    +------- ContainerFormat.read <------ ContainerReader: its bytes, inside a worker

A `Blob` is one file, wherever it lies, of which any range of bytes can be read. A `ContainerFormat` knows how samples
lie in it. Neither keeps anything of a sample: that is the offset index's, which is built once, kept in the user's
cache, and mapped into every process that reads, so that a million samples cost a worker nothing.
"""
