"""Bytes in, RGB pixels or the reason why not out: headers, integrity checks and decoding of image formats.

`problems` has the records that say what is wrong with a file."""
