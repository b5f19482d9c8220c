"""The memory of a process that does one batch after the other, as long as it lives."""

from __future__ import annotations

import ctypes
import gc

YOUNG = 20_000  # objects made before garbage is looked for: a batch makes so many
KEPT = 64 << 20  # bytes that are freed and stay with the process: what a batch of large emails takes
LARGEST = 32 << 20  # bytes of one piece that is taken from them, the most that glibc allows
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of <malloc.h>


def settle_in() -> None:
    """Keep what is loaded by now from being looked through for garbage, and what a batch frees for the next one.

    The C library gives large pieces back to the system as soon as they are free; to get them back, page by page and
    filled with zeros, takes a twentieth of an email's time. One that cannot be told so does as it always does.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
    tell = getattr(ctypes.CDLL(None), "mallopt", None)
    if tell is not None:
        tell(_TRIM_THRESHOLD, KEPT)
        tell(_MMAP_THRESHOLD, LARGEST)
