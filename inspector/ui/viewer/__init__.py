"""One image of the batch in a window of its own: the delivered array, pixel by pixel, beside a second decoder's.

    session: pixels, second_look --> loading --> image_data (a thread) --> window --> content, probe

The `window` looks at one batch, so that what it shows does not change while batches keep streaming. `loading` gets an
image and the second look at its file from the session and has `image_data` made of them. `content` shows that: in
`canvas`es that share one `viewpoint`, in the `histogram` and the `properties`. `toolbar` has the buttons, `keys` the
shortcuts.
"""
