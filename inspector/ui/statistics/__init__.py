"""The page of statistics: what a normalisation needs, how often each class and file came, and if order is sound."""
