"""A disk that is full: for the database, for the log that Redis keeps, and for what the processes say."""

from __future__ import annotations

import errno
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.broker import begin
from tests.faults.database import AWAY, TOGETHER, Call, half_written, report
from tests.faults.house import ACCEPTED, House, batches
from tests.faults.outcome import Outcome
from tests.faults.plan import LAST, Plan, Verdict
from tests.faults.scale import Scale
from tests.waiting import until

SIZE = "512m"  # what is reported while it is full is kept as a moment, as a message, and in SQLite's log
BLOCK = bytes(1 << 16)
ENOUGH = 48_000_000  # characters to be written while it is full: SQLite's log has 32 MB of room that it took before
ALONE = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
MOUNT = f'mount -t tmpfs -o size={SIZE} none "$0" && exec "$@"'


class NoDisk(RuntimeError):
    """No file system of one's own can be made on this machine."""


def full(scale: Scale) -> Outcome:
    """Not a byte can be written for a time, while moments go on coming in.

    All of it runs within a file system of its own, which nobody else sees.

    Raises:
        NoDisk: the system does not let us have one.
    """
    disk, told = scale.folder / "disk", scale.folder / "outcome"
    disk.mkdir(parents=True)
    if subprocess.run([*ALONE, MOUNT, str(disk), "true"], check=False, capture_output=True).returncode:
        raise NoDisk("unshare and mount are needed, and the right to use them")
    command = [sys.executable, "-m", __name__, str(scale.folder), "bounded" if scale.bounded else "full"]
    status = subprocess.run([*ALONE, MOUNT, str(disk), *command], check=False).returncode
    assert not status, f"the run within the file system ended with {status}; what it said stands above"
    outcome: Outcome = pickle.loads(told.read_bytes())
    return outcome


def _full(scale: Scale) -> Outcome:
    moments, seconds, disk = scale.of(600, 6000), scale.of(12, 60), scale.folder / "disk"
    with House(scale.folder / "full", persistent=True, disk=disk) as house:
        plan = begin(house, moments)
        more = Plan.of(24 * seconds, people=300, prefix="more-")
        for line in more.lines:
            line["data"]["text"] = "x" * (ENOUGH // len(more.lines))
        house.know(more.people)
        until(lambda: house.handled() >= moments * 1.5 * LAST, 300)
        with filled(disk / "ballast"):
            calls = report(house, more.lines, seconds)
        for lines in batches(more.lines, TOGETHER):
            house.commit(lines)
        took = house.settle(len(plan.lines) + len(more.lines), 300)
        broken = [*_wrong_answers(calls), *half_written(house), *_ended(house)]
        refused = sum(call.answer.status == AWAY for call in calls)
        what = f"the disk of SQLite, Redis and all logs is full for {seconds} s"
        note = f"{refused} of {len(calls)} requests were refused meanwhile"
        return Outcome("F6", what, Verdict.on(plan + more, house), took, broken=tuple(broken), notes=(note,))


@contextmanager
def filled(ballast: Path) -> Iterator[None]:
    """Take all the room there is, again and again, so that none comes free."""
    with ballast.open("ab", buffering=0) as file:
        _fill(file.write)
        yield
    ballast.unlink()


def _fill(write: Callable[[bytes], int | None]) -> None:
    size = len(BLOCK)
    while size:
        try:
            write(BLOCK[:size])
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            size //= 2


def _wrong_answers(calls: list[Call]) -> list[str]:
    """What was taken is looked for like all else; what was not must have been refused in the right words."""
    statuses = {call.answer.status for call in calls}
    wrong = [f"the API answered {status} while the disk was full" for status in sorted(statuses - {AWAY, ACCEPTED})]
    return wrong if AWAY in statuses else [*wrong, "nothing was refused: was the disk full?"]


def _ended(house: House) -> list[str]:
    codes = [process.poll() for process in house.processes]
    return [f"a process ended with {code}" for code in codes if code is not None]


if __name__ == "__main__":
    place, length = Path(sys.argv[1]), sys.argv[2]
    (place / "outcome").write_bytes(pickle.dumps(_full(Scale(place, length == "bounded"))))
