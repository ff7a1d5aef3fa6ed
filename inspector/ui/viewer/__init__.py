"""One image of the batch in a window of its own: the delivered array, pixel by pixel, beside a second decoder's.

A `window` holds the images of one batch, so that what it shows does not change while batches go on streaming. In a
thread of its own it has each image examined (`examination`: copies for the screen, histogram, second look at the file)
and hands the parts of that to its `canvas`es, which share one `viewpoint`, the `histogram` and the `facts`.
"""
