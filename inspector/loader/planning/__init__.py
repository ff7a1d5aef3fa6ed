"""Which sample comes when, and where its image goes: pure bookkeeping, which never waits, reads or locks."""
