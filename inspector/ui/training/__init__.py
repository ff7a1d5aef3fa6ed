"""What only a watched training has: which of its loaders is shown, where its time goes, and what to write instead.

session.training.state() -> TrainingPanel (at the left), LoadersTable (a page of details)
"""
