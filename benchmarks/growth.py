"""Whether a message costs the same however many there are: `python -m benchmarks.growth [--json] [--postgres] [--audiences …]`.

For each audience a fresh installation imports it, warms its workers up with others, and sends the text campaign to everybody,
in three runs, none of which calls a provider:

    a tenth ─► eight tenths ─► the last tenth

The figures of a whole audience are sums over the three, of processor time per message on record; the first and the last tenth
tell what the same number of people cost while little is on record, and while all the others are. Processors' time is what the
kernel says of each process, in hundredths of a second, so a small audience is sent to in several fresh installations, before
and after the large ones: how far these lie apart tells what the machine is good for. Messages a second are those of the eight
tenths, by the clock; the last one is looked for five times a second, so a short run looks slower.

A worker's memory is the peak of the largest process. It may grow by what formats keep of values seen, which is bounded.
The goals: a worker under 300 MB whatever the audience, and a message's cost within 10% of what it is for the smallest.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson
import psycopg

from benchmarks import setting
from benchmarks.bench import PROCESSES, WORKERS, Bench, Spent, installed
from benchmarks.processes import peak
from benchmarks.servers import DATABASE, REDIS, VARIABLES

MESSAGES = 30_000  # measured of each audience, at least
EVERYBODY = (WORKERS, REDIS, DATABASE)  # who works
WARM = 2_000  # others, to whom messages go before
BYTES, SPARE = 5_000, 2_000_000_000  # on disk for each person with a message, with logs; and for the servers
FIRST, BETWEEN = setting.SMALL, setting.LARGE
LAST, OTHERS = ("US", "Etc/GMT"), ("US", "Etc/UCT")


@dataclass(frozen=True, slots=True)
class Figures:
    """What one audience costs: microseconds of processors per message, and the largest worker process."""

    audience: int
    measured: int
    per_s: float
    workers_us: float
    redis_us: float
    database_us: float  # of its server; nothing where workers read and write a file
    all_us: float
    lowest_us: float  # of all, in one of its installations
    highest_us: float
    first_tenth_us: float
    last_tenth_us: float
    worker_mb: float


@dataclass(frozen=True, slots=True)
class Sent:
    """An audience that was sent to, in three runs."""

    first: Spent
    between: Spent
    last: Spent
    worker_mb: float

    @property
    def runs(self) -> tuple[Spent, ...]:
        """All three."""
        return self.first, self.between, self.last


def crowd(count: int) -> Iterator[dict[str, Any]]:
    """An audience over three places, and behind it those who warm the workers up."""
    for number, person in enumerate(setting.people(count)):
        yield {**person, "timezone": _place(number, count - WARM)[1]}


def _place(number: int, audience: int) -> tuple[str, str]:
    if number >= audience:
        return OTHERS
    return {0: FIRST, 9: LAST}.get(number // 10 % 10, BETWEEN)


def sent(audience: int, *, postgres: bool) -> Sent:
    """Send to an audience in a fresh installation."""
    tenth = audience // 10
    with installed(postgres=postgres) as bench:
        bench.know(crowd, audience + WARM)
        if postgres:
            _look_after(bench)
        with bench.workers(["--concurrency", PROCESSES]):
            bench.spent("text", OTHERS, WARM)
            first = bench.spent("text", FIRST, tenth)
            between = bench.spent("text", BETWEEN, audience - 2 * tenth)
            return Sent(first, between, bench.spent("text", LAST, tenth), peak(bench.pids[WORKERS]))


def _look_after(bench: Bench) -> None:
    """What PostgreSQL does by itself in the minutes after an import: a campaign would bear it, or not, by chance."""
    with psycopg.connect(bench.env[VARIABLES[DATABASE]], autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def measure(audiences: Sequence[int], *, postgres: bool) -> list[Figures]:
    """The figures of each audience, over as many installations as its size asks for."""
    found: dict[int, list[Sent]] = {audience: [] for audience in audiences}
    for audience in turns(audiences):
        found[audience].append(sent(audience, postgres=postgres))
    return [figures(audience, all_) for audience, all_ in found.items()]


def turns(audiences: Sequence[int]) -> list[int]:
    """In which order installations come: small ones before and after a large one, as a machine is not always as quick."""
    places = [((turn + 0.5) / rounds, one) for one in audiences for rounds in [_rounds(one)] for turn in range(rounds)]
    return [audience for _, audience in sorted(places)]


def _rounds(audience: int) -> int:
    return -(-MESSAGES // audience)


def figures(audience: int, found: Sequence[Sent]) -> Figures:
    """The figures of an audience that was sent to so often."""
    runs = [run for one in found for run in one.runs]
    between = [one.between for one in found]
    apart = sorted(_per_message(one.runs, *EVERYBODY) for one in found)
    return Figures(
        audience=audience,
        measured=sum(run.messages for run in runs),
        per_s=sum(run.messages for run in between) / sum(run.seconds for run in between),
        workers_us=_per_message(runs, WORKERS),
        redis_us=_per_message(runs, REDIS),
        database_us=_per_message(runs, DATABASE),
        all_us=_per_message(runs, *EVERYBODY),
        lowest_us=apart[0],
        highest_us=apart[-1],
        first_tenth_us=_per_message([one.first for one in found], *EVERYBODY),
        last_tenth_us=_per_message([one.last for one in found], *EVERYBODY),
        worker_mb=max(one.worker_mb for one in found),
    )


def _per_message(runs: Sequence[Spent], *names: str) -> float:
    return sum(run.worked.get(name, 0.0) for run in runs for name in names) / sum(run.messages for run in runs)


def ratios(found: Figures, smallest: Figures) -> dict[str, float]:
    """What an audience costs to what the smallest does."""
    mine, base = asdict(found), asdict(smallest)
    return {name: value / base[name] for name, value in mine.items() if base[name] and name != "measured"}


def _audiences(text: str) -> list[int]:
    sizes = sorted({int(size) for size in text.split(",")})
    if odd := [size for size in sizes if size < 100 or size % 100]:
        raise argparse.ArgumentTypeError(f"{odd[0]} has no whole tenths in every locale: give a multiple of 100")
    free, needed = shutil.disk_usage(tempfile.gettempdir()).free, sizes[-1] * BYTES + SPARE
    if needed > free:
        raise argparse.ArgumentTypeError(
            f"{sizes[-1]} people need some {needed / 1e9:.0f} GB in {tempfile.gettempdir()}, where {free / 1e9:.0f} are"
            " free: give fewer, or another TMPDIR"
        )
    return sizes


def main() -> None:
    """Measure, and print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--json", action="store_true", help="one object on stdout")
    arguments.add_argument("--postgres", action="store_true", help="PostgreSQL instead of SQLite")
    arguments.add_argument("--audiences", type=_audiences, default="10000,200000,2000000", help="sizes, with commas")
    chosen = arguments.parse_args()
    found = measure(chosen.audiences, postgres=chosen.postgres)
    compared = [ratios(one, found[0]) for one in found]
    if chosen.json:
        told = {"audiences": [asdict(one) for one in found], "to_smallest": compared}
        sys.stdout.buffer.write(orjson.dumps(told) + b"\n")
        return
    _print([asdict(one) for one in found], compared)


def _print(found: Sequence[dict[str, float]], compared: Sequence[dict[str, float]]) -> None:
    for name in found[0]:
        cells = (f"{one[name]:12,.1f}{_times(ratio.get(name))}" for one, ratio in zip(found, compared, strict=True))
        print(f"{name:15}", *cells)


def _times(ratio: float | None) -> str:
    return f" {ratio:6.2f} ×" if ratio is not None else " " * 9


if __name__ == "__main__":
    main()
