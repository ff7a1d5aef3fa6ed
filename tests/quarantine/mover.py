"""A process that moves files aside or back and is killed at one step of it; run by `test_killed`.

A step is the moment before a call into the operating system, which is the moment after the one before it.
For every step a child is forked that comes so far and is killed there, on new files; what is left of them is
printed as a line of JSON.
"""

import json
import os
import shutil
import signal
import sys
from pathlib import Path
from types import FrameType

from inspector.quarantine import move_aside, plan, restore, transfer

CONTENTS = {"class/one.jpg": b"1" * 1_100_000, "two.jpg": b""}
ONLY_LOOK = {"fspath", "lstat", "read", "readlink", "listdir", "listxattr", "scandir", "getpid", "close"}


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder, hidden ones and manifests left out: its name and what it holds."""
    return {
        str(file.relative_to(folder)): _content(file)
        for file in sorted(folder.rglob("*"))
        if (file.is_symlink() or file.is_file()) and file.suffix != ".jsonl" and not file.name.startswith(".")
    }


def _content(file: Path) -> str:
    if file.is_symlink():
        return f"link to {os.readlink(file)}"
    content = file.read_bytes()
    return f"{len(content)} bytes of {content[:1]!r}, intact: {len(set(content)) <= 1}"


def prepare(data: Path, aside: Path) -> None:
    for folder in (data, aside):
        shutil.rmtree(folder, ignore_errors=True)
    for name, content in CONTENTS.items():
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_bytes(content)
    (data / "class/link.jpg").symlink_to("one.jpg")


def move(data: Path, aside: Path) -> str:
    names = ["class/one.jpg", "class/link.jpg", "two.jpg"]
    return move_aside(plan([str(data / name) for name in names], str(aside), root=str(data))).manifest


def die_at(step: int) -> None:
    steps = 0

    def count(frame: FrameType, event: str, called: object) -> None:
        nonlocal steps
        if event == "c_call" and getattr(called, "__module__", "") == "posix":
            steps += getattr(called, "__name__", "") not in ONLY_LOOK
            if steps > step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)


def main(act: str, data: Path, aside: Path) -> None:
    step = 0
    while True:
        prepare(data, aside)
        manifest = move(data, aside) if act == "restore" else ""
        child = os.fork()
        if child == 0:
            die_at(step)
            if act == "restore":
                restore(manifest)
            else:
                move(data, aside)
            sys.setprofile(None)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        found = {"step": step, "data": tree(data), "aside": tree(aside)}
        manifests = sorted(aside.glob("*.jsonl"))
        if manifests:
            outcome = restore(str(manifests[0]))
            found |= {"failed": [refusal.reason for refusal in outcome.failed], "left": outcome.left}
        found |= {"restored": tree(data), "still aside": tree(aside)}
        found["hidden"] = [str(file) for folder in (data, aside) for file in folder.rglob(".*-*-[0-9].part")]
        print(json.dumps(found), flush=True)
        if os.WIFEXITED(status):
            sys.exit(os.WEXITSTATUS(status))
        step += 1


if __name__ == "__main__":
    if "without-rename" in sys.argv:  # as on a system that has no rename which fails where the name is taken
        transfer._RENAME = None
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
