"""The whole pipeline beside a hand-written one, in the same run: `python -m benchmarks.pipeline [--json] [--postgres]`.

Two cores are shared by everything: workers, Redis, the database, the provider on loopback, and this program. Rows on record
and messages at the provider are asserted in every measurement. Ratios are ours to the rival's of the same run.
"""

from __future__ import annotations

import argparse
import sys
import time
from itertools import islice

import orjson

from benchmarks import setting, stages
from benchmarks.bench import PROCESSES, SECONDS, Bench, installed, until
from benchmarks.processes import peak
from orchestrator.app import App

BATCH = 500
RIVALS = 2_000


def measure(bench: Bench, people: int) -> dict[str, float]:
    """All figures."""
    bench.know(setting.people, people)
    first = list(islice(setting.people(people), RIVALS))
    small = sum(1 for number in range(people) if number // 10 % 10 == 0)
    large = people - small
    found: dict[str, float] = {}
    with bench.workers(["--concurrency", PROCESSES]) as running:
        found["sms_per_s"] = bench.rate("text", setting.LARGE, large)
        found["email_per_s"] = bench.rate("mail", setting.LARGE, large)
        found["worker_mb"] = peak(process.pid for process in running)
    with bench.workers(["--concurrency", PROCESSES], calls=True):
        found["sms_http_per_s"] = bench.rate("text", setting.SMALL, small)
    with bench.workers(["--lane", "urgent", "--concurrency", "2"], ["--lane", "bulk"], calls=True):
        found["intake_per_s"] = _intake(bench)
        ten, hundred = bench.latency(bench.ours_once, 10), bench.latency(bench.ours_once, 100)
        found |= _urgent(bench, large)
    from benchmarks import rival

    rival.prepare(first)
    with bench.rival():
        rival_sms, rival_email = bench.rivals(first, "sms"), bench.rivals(first, "email")
        base = bench.latency(
            lambda person, message: bench._rival(first[int(person[1:]) % RIVALS]["id"], "sms", message), 10
        )
    found["rival_sms_per_s"], found["rival_email_per_s"] = rival_sms, rival_email
    found["sms_ratio"] = found["sms_per_s"] / rival_sms
    found["sms_http_ratio"] = found["sms_http_per_s"] / rival_sms
    found["email_ratio"] = found["email_per_s"] / rival_email
    found["latency_p50_ratio"] = max(ten[0], hundred[0]) / base[0]
    found["latency_p99_ratio"] = max(ten[1], hundred[1]) / base[1]
    setting.write(bench.folder, bench.provider, calls=False)
    found["overhead"] = stages.overhead(
        stages.costs(bench.settings, (person["id"] for person in setting.people(people)))
    )
    return found


def _urgent(bench: Bench, people: int) -> dict[str, float]:
    """An urgent moment's p99 while a campaign saturates both cores, to the one at rest; and what the campaign keeps."""
    at_rest = bench.latency(bench.ours_once, 20)
    with App(bench.settings) as app:
        alone = bench.rate("mail", setting.LARGE, people)
        began = time.perf_counter()
        run = bench.campaign(app, "mail", setting.LARGE)
        busy = bench.latency(bench.ours_once, 20, seconds=min(SECONDS, 0.8 * people / alone))
        bench.finish(app, run)
        kept = people / (time.perf_counter() - began)
    return {"urgent_p99_ratio": busy[1] / at_rest[1], "campaign_kept": kept / alone}


def _intake(bench: Bench) -> float:
    """Moments a second in lists of 500, until the last is committed. They concern nobody: intake alone is measured."""
    total, name = 50_000, f"i{bench.runs}"
    with App(bench.settings) as app:
        before = app.records.progress()[0]
        began = time.perf_counter()
        for start in range(0, total, BATCH):
            lines = [
                {"id": f"{name}-{n}", "name": "nothing.happened", "profile": "nobody"}
                for n in range(start, start + BATCH)
            ]
            bench.service.send_task("kairos.moments", args=[lines], queue="moments")
        until(lambda: app.records.progress()[0] - before >= total, 300)
        return total / (time.perf_counter() - began)


def main() -> None:
    """Measure, and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", action="store_true", help="one object on stdout")
    arguments.add_argument("--postgres", action="store_true", help="PostgreSQL instead of SQLite")
    arguments.add_argument("--audience", type=int, default=200_000)
    chosen = arguments.parse_args()
    with installed(postgres=chosen.postgres) as bench:
        found = measure(bench, chosen.audience)
    if chosen.json:
        sys.stdout.buffer.write(orjson.dumps(found) + b"\n")
        return
    for name, value in found.items():
        print(f"{name:20} {value:12,.2f}")


if __name__ == "__main__":
    main()
