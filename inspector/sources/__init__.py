"""What there is to load: an index of a folder, a list of files or a data set, which says who is sample i."""
