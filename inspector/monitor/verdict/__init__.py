"""One sentence on how loading goes, with the numbers behind it."""
