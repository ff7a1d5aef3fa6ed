"""What belongs to the images: boxes, polygons, keypoints, masks and their classes, from files of many formats.

    SampleIndex -> open_annotations -> a format's parser -> ShapePacker -> AnnotationIndex
                                                         -> AnnotationFault  |-> of(image) -> ImageAnnotations -> views
                                                                             |-> checks -> the scan's findings
                                                                             |-> statistics, exports

`opening` finds by convention which format there is, or takes what the user names. A parser reads its files once, and
packs numbers in arrays: 42 bytes a box, whatever there are. What it cannot read is an `AnnotationFault`, which names
the file, and the line or the id; the rest of the file is read all the same. `checks` looks at all shapes at once, with
the sizes that the images have. Nothing of this is in a worker.
"""
