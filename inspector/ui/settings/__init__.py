"""The settings at the left: a control for each setting of the table that has one.

`panel` lays them out in groups, shows what a snapshot says and passes on what the user changes; `controls` has one
for each kind of setting.
"""
