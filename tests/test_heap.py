"""The memory of a process that does one batch after the other."""

from __future__ import annotations

import subprocess
import sys
from platform import libc_ver

import pytest

LARGE = """
import gc, resource
from orchestrator import heap

{settle}
faults = []
for _ in range(5):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    batch = [b"x" * 8_000 for _ in range(1_000)], b"y" * 8_000_000
    del batch
    faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
print(faults[-1], gc.get_freeze_count() > 0)
"""


def told(settle: str) -> list[str]:
    """How often the last of some batches had to ask the system for memory, and whether what was loaded is looked through."""
    return subprocess.check_output([sys.executable, "-c", LARGE.format(settle=settle)], text=True).split()


@pytest.mark.skipif(libc_ver()[0] != "glibc", reason="another C library keeps what is freed as it likes")
def test_what_a_batch_frees_is_there_for_the_next_one() -> None:
    """By itself the C library gives it back, and has to get it anew."""
    faults, frozen = told("heap.settle_in()")
    assert frozen == "True"
    assert int(faults) < 100 < int(told("")[0])
