"""A store whose answers take a while, in a process of its own: `python -m tests.benchmarks.slow_store FOLDER SECONDS`.

It writes its URL to standard output, and ends with its standard input. All files of the folder are in memory, and an
answer is sent when its time has come, however many others wait: what it takes of the cores is next to nothing.
"""

import asyncio
import sys
from pathlib import Path
from urllib.parse import unquote


class _Connection(asyncio.Protocol):
    """Answers one GET after the other."""

    def __init__(self, files: dict[str, bytes], delay_s: float) -> None:
        self._files, self._delay_s = files, delay_s
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            asyncio.get_running_loop().call_later(self._delay_s, self._transport.write, self._answer(head.decode()))

    def _answer(self, head: str) -> bytes:
        request, *lines = head.split("\r\n")
        name = unquote(request.split(" ")[1]).lstrip("/")
        headers = {key.lower(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
        body = self._files.get(name)
        if body is None:
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        status, of_range = "200 OK", ""
        if wanted := headers.get("range"):
            first, last = map(int, wanted.removeprefix("bytes=").split("-"))
            whole, body = len(body), body[first : last + 1]
            status, of_range = "206 Partial Content", f"Content-Range: bytes {first}-{last}/{whole}\r\n"
        return f'HTTP/1.1 {status}\r\nETag: "1"\r\nContent-Length: {len(body)}\r\n{of_range}\r\n'.encode() + body


async def _serve(folder: Path, delay_s: float) -> None:
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(files, delay_s), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), float(sys.argv[2])))
