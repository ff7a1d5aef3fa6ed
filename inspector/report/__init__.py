"""The page to attach to a ticket: records go in, one HTML file comes out that needs nothing beside it.

    Content -> plots, curve, pictures (what to draw) -> page -> templates/ (Jinja2) -> HTML

`content.Content` holds the records, `machine` looks at what all this ran on, and the colours are given, as the window
alone knows them. `plots` and `curve` make drawings on the `axes` that both share, `pictures` the tiles of a batch; all
are plain records. Only the templates write markup, and whatever they are given is escaped there. Nothing here is fast:
do it in a thread. `numbers` and `problem_export` write figures and problems for other programs.
"""
