"""What a view shows and drives: records come out, intents go in.

`local` runs our own loader here, with a consumer that takes batches as a training loop would. `batch_history` keeps the
last batches, `thumbnails` makes small pictures of the one that is looked at.
"""
