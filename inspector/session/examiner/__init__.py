"""Looks closely at single files, in a process that a hostile file may end: locations in, records out."""
