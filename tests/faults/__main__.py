"""Break everything, and read in the providers' logs what came of it: `python -m tests.faults [--bounded] [--json] [F1 F7 …]`.

Prints the table; what was made at full length is kept in docs/faults.md as soon as it is over. With --json the last line is
one object, for all faults together. Exit code 1 where something is not as it must be.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import orjson

from tests.faults import broker, database, disk, poison, providers, soak, times, webhooks, withdrawals, workers
from tests.faults.disk import NoDisk
from tests.faults.outcome import Outcome, summary, table
from tests.faults.page import keep
from tests.faults.plan import Verdict
from tests.faults.scale import Scale

FAULTS: dict[str, tuple[Callable[[Scale], Outcome], ...]] = {
    "F1": (partial(workers.killed, postgres=False), partial(workers.killed, postgres=True)),
    "F2": (broker.emptied,),
    "F3": (broker.frozen,),
    "F4": (workers.suspended,),
    "F5": (database.killed, database.locked),
    "F6": (disk.full,),
    "F7": (providers.misbehaving, providers.silent),
    "F8": (times.jumped,),
    "F9": (poison.poisoned,),
    "F10": (webhooks.repeated,),
    "F11": (times.missed,),
    "F12": (workers.replaced,),
    "F13": (partial(withdrawals.withdrawn, postgres=False), partial(withdrawals.withdrawn, postgres=True)),
    "F14": (soak.soaked,),
}


def run(names: Iterable[str], *, bounded: bool) -> Iterator[Outcome]:
    """Let faults happen, one after the other."""
    for name in names:
        for fault in FAULTS[name]:
            folder = Path(tempfile.mkdtemp(prefix="faults-"))
            try:
                yield fault(Scale(folder, bounded))
            except (AssertionError, NoDisk) as error:
                yield Outcome(name, "", Verdict.none(), broken=(f"it did not come to an end: {error}",))
            shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Run, tell, and keep."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("faults", nargs="*", metavar="F1", help=f"only these; there are {', '.join(FAULTS)}")
    parser.add_argument("--bounded", action="store_true", help="minutes instead of an hour")
    parser.add_argument("--keep", action="store_true", help="keep bounded rows where there are none at full length")
    parser.add_argument("--json", action="store_true", help="one object as the last line")
    told = parser.parse_args()
    if unknown := set(told.faults) - set(FAULTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(FAULTS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    outcomes = []
    for outcome in run(told.faults or FAULTS, bounded=told.bounded):
        outcomes.append(outcome)
        print(f"{outcome.fault}: {outcome.what}: {'; '.join(outcome.faults) or 'as it must be'}", file=sys.stderr)
        if told.keep or not told.bounded:
            keep([one for one in outcomes if one.fault == outcome.fault], FAULTS, bounded=told.bounded)
    print(table(outcomes))
    if told.json:
        print(orjson.dumps(summary(outcomes)).decode())
    return 1 if any(outcome.faults for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
