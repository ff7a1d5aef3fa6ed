"""What is where in a ring, and which numbers it holds: all that the hook and its reader share.

A ring is a file of 64 KiB that one process writes. It begins with totals that only ever count up, so that a reader that
comes late, or never, loses nothing of them. Behind them: what the ring is about (JSON), the last events, and notes
(JSON): the slowest samples, the last errors.
"""

from __future__ import annotations

import struct

MAGIC = b"INSPRNG1"
SIZE = 65536
FOLDER_VARIABLE = "INSPECTOR_RUN_FOLDER"

HEAD = struct.Struct("<8sIIQ")  # magic, kind, process id, number of this ring in its process
KIND_LOADER, KIND_WORKER = 1, 2

SEQUENCE = struct.Struct("<Q")
TOTALS_AT = 64  # doubles, each of them whole at any moment
EVENT_COUNT_AT = 464  # u64: how many events were ever written
NOTE_SEQUENCE_AT = 472  # u64: rises with every note
META_AT = 512  # u32: length, then JSON
META_END = 8192
LENGTH = struct.Struct("<I")
EVENTS_AT = META_END
EVENT_BYTES = 64
EVENTS = 512
NOTES_AT = EVENTS_AT + EVENTS * EVENT_BYTES
NOTE_BYTES = 512
NOTES = (SIZE - NOTES_AT) // NOTE_BYTES
SLOWEST_NOTES = 24  # the first notes are the slowest samples, the others the last errors

# Totals of a loader, seconds where it says _s; times on the machine's monotonic clock.
LOADER_TOTALS = (
    "batches",
    "images",
    "wait_s",  # in next(), of those that gave a batch
    "step_s",  # between one batch and the call for the next
    "steps",
    "start_up_s",  # making iterators, which starts the workers, or resetting them
    "starts",
    "first_wait_s",  # the part of wait_s for the first batch of each epoch
    "shutdown_s",  # in the next() that ends an epoch
    "epochs",
    "depth_sum",  # complete batches found waiting, added up at each next() but the first of an epoch
    "depths",
    "held_back_sum",  # the part of them that waits for an earlier batch
    "in_flight_sum",
    "errors",
    "pictures",
    "began_s",
    "last_s",  # when the last batch was given
    "depth",  # at the last next()
    "held_back",
    "in_flight",
    "pin_s",
    "pins",
    "other_thread",  # batches that were not taken by the main thread
    "nested",  # batches that another loader took while it loaded
    "waiting_since_s",  # 0 while no next() is running
    "epoch_batches",
    "handed",  # batches that another thread handed over
    "handed_wait_s",  # in which they were waited for
    "handed_step_s",
    "handed_first_s",  # the part of handed_wait_s for the first of each queue
    "replayed",  # batches that were handed out again
    "replay_s",  # in which that was done
    "begin_s",  # the part of start_up_s and first_wait_s for the first iterator of all
    "process_cpu_s",  # CPU time of all threads of this process, looked at now and then
    "process_s",  # in which it was used
    "start_up_ahead_s",  # the part of start_up_s in a thread that is not the main one
)
# Totals of whoever fetches: a worker, or the loader's own thread where there are no workers.
WORKER_TOTALS = (
    "batches",
    "samples",
    "fetch_s",
    "collate_s",
    "errors",
    "began_s",
    "last_s",
    "busy_since_s",  # 0 while it waits for work
    "worker",  # its number, or -1: the consumer itself
    "loader",  # number of the loader's ring in this process, or -1: another process's loader
    "alive_s",  # from the first batch to the last, over all lives
    "current",  # index of the sample that is being loaded, or -1
    "cpu_s",  # CPU time of the thread that loads, while it loads
    "core_wait_s",  # in which that thread could have run, and had no core; looked at now and then
)
LOADER_TOTALS_FORMAT = struct.Struct(f"<{len(LOADER_TOTALS)}d")
WORKER_TOTALS_FORMAT = struct.Struct(f"<{len(WORKER_TOTALS)}d")

EVENT = struct.Struct("<8d")
LOADER_EVENT = ("time_s", "wait_s", "step_s", "images", "depth", "held_back", "in_flight", "epoch")
WORKER_EVENT = ("time_s", "fetch_s", "collate_s", "samples", "slowest_index", "slowest_s", "first_index", "batch")

PICTURES_MAGIC = b"INSPPIC1"
PICTURES_HEAD = struct.Struct("<8sQIII")  # magic, sequence (odd while written), length of JSON, of pixels, room
PICTURES_AT = 64
MOST_PICTURES = 16

SWEEP_NAME = "sweep.json"  # what to try, where a sweep was asked for
REPLAY_NAME = "replay.json"
LOCK_NAME = "lock"  # whoever writes into the folder holds a shared lock of it
