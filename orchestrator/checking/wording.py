"""How findings speak of several things at once: one finding says where all it is true."""

from __future__ import annotations

from collections.abc import Iterable

MOST_NAMED = 3


def counted(kind: str, names: Iterable[str]) -> str:
    """`campaign 'a'`, `campaigns 'a' and 'b'`, or `7 campaigns ('a', 'b', 'c' …)`."""
    all_ = sorted(set(names))
    quoted = [repr(name) for name in all_]
    if len(all_) == 1:
        return f"{kind} {quoted[0]}"
    if len(all_) <= MOST_NAMED:
        return f"{kind}s {', '.join(quoted[:-1])} and {quoted[-1]}"
    return f"{len(all_)} {kind}s ({', '.join(quoted[:MOST_NAMED])} …)"


def places(found: Iterable[str]) -> str:
    """`a.html:3`, or `a.html:3, b.txt:4` and so on, without too many of them."""
    all_ = sorted(set(found))
    more = len(all_) - MOST_NAMED
    return ", ".join(all_[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
