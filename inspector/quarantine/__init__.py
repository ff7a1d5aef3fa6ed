"""Files are moved aside, out of the data set, and back: the only place in this project that changes a data set.

The story of a move. `plan` looks at the files and lists what would go where, for a user to agree to; nothing has
changed yet. `move_aside` first writes the whole plan to the destination, as a manifest, and waits until it
is on the disk. Then it moves file by file. `restore` reads a manifest and puts back whatever lies aside, however far
the move came.

What holds at every moment, even if the process is killed or the power fails:

- Every file is complete in its old place, in its new place, or in both (and then `restore` removes the second).
- Nothing is ever overwritten. Where a name is taken, the file stays where it is and the reason is reported.
- The disk shows how far a move came, not a note about it: a manifest only lists where to look. So it is never out of
  date, a restore can be repeated, and one that was interrupted is finished by another.

Within a file system a move is one rename, which fails if the name is taken (or, where the system has no such rename, a
second name and then the removal of the first). To another file system the content is copied under a hidden name beside
its place, written through to the disk, read back and compared, given its name, and only then removed from its old
place. The copy keeps time, mode and extended attributes; the owner where the system allows it.

A symbolic link is moved itself; the file that it points to stays where it is. A relative link is broken in its new
place, and works again when it is back.

Names are text as `os.fsdecode` gives it; in the manifest, JSON's own escapes keep bytes that are no UTF-8.
"""

from inspector.quarantine.manifest import Manifest, ManifestEntry, read_manifest
from inspector.quarantine.moving import MoveOutcome, move_aside, restore
from inspector.quarantine.plan import Move, MovePlan, Refusal, plan

__all__ = [
    "Manifest",
    "ManifestEntry",
    "Move",
    "MoveOutcome",
    "MovePlan",
    "Refusal",
    "move_aside",
    "plan",
    "read_manifest",
    "restore",
]
