"""What processes have worked, and how much memory they took at most, as Linux tells under /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path


def worked(pid: int) -> float:
    """Microseconds that a process and its children have worked."""
    while True:
        try:
            return _ticks(pid) / os.sysconf("SC_CLK_TCK") * 1e6
        except FileNotFoundError:  # a child has just ended: its time is its parent's now
            if not Path(f"/proc/{pid}").exists():
                raise


def _ticks(pid: int) -> int:
    children = _children(pid)
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    # its own time, and that of children that have ended
    return sum(map(int, fields[11:15])) + sum(map(_ticks, children))


def peak(pids: Iterable[int]) -> float:
    """The largest peak of memory of any of these processes and their children, in MB."""
    return max(_peak(one) for pid in pids for one in _family(pid))


def _peak(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def _family(pid: int) -> Iterator[int]:
    yield pid
    yield from _children(pid)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
