"""Clean shards: what moving aside is for files, for samples inside larger ones. The source is never changed.

    index, numbers to keep, folder -> plan -> CleanPlan -> write -> shards with the good samples -> CleanOutcome

Nothing can be moved out of a tar or a Parquet file, so the good samples are streamed into new files of the same names
in another folder. A shard is written under a hidden name, through to the disk, and then gets its own: so there is never
half of one. A signed note in the folder says which shards are done, and of what, so that writing is resumed where it
was interrupted. A file that is not in that note, or was changed since, is never replaced.

A tar's members are copied as they lie, headers and all; those that belong to no sample are kept. The row groups of a
Parquet file become row groups again, with its schema, metadata, compression and encodings.
"""

from inspector.quarantine.shards.clean_plan import CleanPlan, ShardPlan, check_target, plan
from inspector.quarantine.shards.writing import CleanOutcome, CleanProgress, write

__all__ = ["CleanOutcome", "CleanPlan", "CleanProgress", "ShardPlan", "check_target", "plan", "write"]
