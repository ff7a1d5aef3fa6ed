"""Labels over the pictures: boxes, polygons, keypoints and masks, drawn by Qt, never into what was delivered.

    session.annotations -> BatchLabels -> layer -> outlines -> tiles of the batch, canvases of the viewer
                        -> LabelStatistics -> panel: classes, sizes, places; a click on a class chooses it

The `layer` is what all share: whether labels are shown, of which classes, and those of the batch. `outlines` makes of a
picture's labels what can be painted at any size, and finds the one below the mouse. `colours` gives each class its
colour, `legend` says which, `panel` has the figures of all.
"""
