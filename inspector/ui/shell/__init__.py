"""The frame around the panels: what can be asked for, by which keys, what is opened, remembered, undone and left.

`actions` is the one table of which `menus`, `top_bar` and `shortcut_sheet` are made; `preferences` has every key that
is remembered, `window_state` remembers and resets; `opening` and `trainings` have the ways to something to open, and
`quit_confirmation` asks before work is lost. `workspace` says where the panels lie. Nothing here knows what a panel
shows.
"""
