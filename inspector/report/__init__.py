"""The page to attach to a ticket: records go in, one HTML file comes out that needs nothing beside it.

`content.Content` holds the records; `page` makes the page of them, from sections, each a function; `plots` and `curve`
draw SVG, on the `axes` that both share, and `pictures` makes the tiles of a batch. `machine` looks at what all this ran
on. The colours are given, as the window alone knows them; `style` says what takes which. Whatever comes from outside, a
file's name before all, goes through `markup.text`. Nothing here is fast: do it in a thread.
"""
