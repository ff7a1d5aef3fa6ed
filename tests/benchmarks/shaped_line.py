"""A line of so many Mbit/s and so many milliseconds there and back, as a `ProxyCommand` of `ssh`.

    ssh -o ProxyCommand="python -m tests.benchmarks.shaped_line --mbit 10 --rtt-ms 200 %h %p" HOST

What comes at standard input leaves for HOST:PORT at that rate, half of the time later, and the other way round. As a
router does, it keeps only so much of what comes faster: then the sender waits.
"""

import argparse
import os
import socket
import sys
import threading
import time
from collections import deque

_READ_BYTES = 1500  # as a packet


class OneWay:
    """One direction, with two threads: one reads, one writes each packet when it would have come.

    Args:
        reads, writes: descriptors. bytes_per_s: at most. delay_s: of each byte. held_bytes: that may wait to leave.
    """

    def __init__(self, reads: int, writes: int, bytes_per_s: float, delay_s: float, held_bytes: int) -> None:
        self._reads, self._writes = reads, writes
        self._bytes_per_s, self._delay_s = bytes_per_s, delay_s
        self._held_s = held_bytes / bytes_per_s
        self._packets: deque[tuple[float, bytes]] = deque()
        self._changed = threading.Condition()
        self.over = threading.Event()
        for act in (self._read, self._write):
            threading.Thread(target=act, daemon=True).start()

    def _read(self) -> None:
        leaves_s = 0.0
        while True:
            try:
                data = os.read(self._reads, _READ_BYTES)
            except OSError:
                data = b""
            leaves_s = max(leaves_s, time.monotonic()) + len(data) / self._bytes_per_s
            with self._changed:
                self._packets.append((leaves_s + self._delay_s, data))
                self._changed.notify()
            if not data:
                return
            time.sleep(max(0.0, leaves_s - time.monotonic() - self._held_s))

    def _write(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._packets)
                comes_s, data = self._packets.popleft()
            time.sleep(max(0.0, comes_s - time.monotonic()))
            try:
                if not data:
                    break
                while data:
                    data = data[os.write(self._writes, data) :]
            except OSError:
                break
        self.over.set()


def main() -> None:
    parser = argparse.ArgumentParser(description="Join standard input and output with HOST:PORT through a slow line.")
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--mbit", type=float, default=10.0, help="megabits a second (default: %(default)g)")
    parser.add_argument("--rtt-ms", type=float, default=200.0, help="there and back (default: %(default)g)")
    parser.add_argument("--held-kb", type=float, default=64.0, help="that may wait to leave (default: %(default)g)")
    arguments = parser.parse_args()
    peer = socket.create_connection((arguments.host, arguments.port))
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    shape = arguments.mbit * 1e6 / 8, arguments.rtt_ms / 2000, round(1000 * arguments.held_kb)
    OneWay(0, peer.fileno(), *shape)
    OneWay(peer.fileno(), 1, *shape).over.wait()
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
