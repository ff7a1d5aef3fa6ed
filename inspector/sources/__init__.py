"""What there is to load: an index of a folder, a list of files or a data set, which says who is sample i.

    source -> opening -> walk | listed | pattern -> FileIndex        files on this machine
                      -> containers | remote     -> ContainerIndex   samples inside larger files, or elsewhere
    code   -> named_dataset -> dataset_maker     -> DatasetIndex     items of an object that the user's code makes

`opening` finds out what a source is; `braces` and `pattern` read names that stand for several files, and `refusals`
says why a source is not opened. `parts` says what of a sample can be chosen as image and label, `structure` what a
sample is made of, and `item_texts` what an item without an image is. `classes` are the names of folders. `packed` keeps
millions of names in little memory.
"""
