"""What there is to load: a folder becomes a packed list of files, and a file's bytes become RGB pixels or a Problem.

`index` finds the files once and owns their names. `decode` turns one file into a (H, W, 3) uint8 RGB array, written
into memory that the caller owns, and tells every kind of fault from the others. Nothing here ever writes to a file.
Only `aside` changes a data set: it moves files out of it, and back, when the user asks for that.
"""
