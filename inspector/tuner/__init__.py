"""Which setting to use: a snapshot of what was measured goes in, one sentence with its evidence comes out."""
