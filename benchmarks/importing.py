"""Importing an audience that has agreed to everything: in this process, or by several at once where it is large."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks import setting
from orchestrator import wire
from orchestrator.app import App
from orchestrator.settings import Settings

AT_ONCE = 1_000  # people
IMPORTERS = 2  # processes

Crowd = Callable[[int], Iterable[dict[str, Any]]]  # so many people, the same at every call


def know(settings: Settings, people: Iterable[dict[str, Any]]) -> None:
    """Import people, here."""
    with App(settings) as app:
        now = app.clock()
        for batch in setting.batches(iter(people), AT_ONCE):
            updates = [wire.profile(person, at=now) for person in batch]
            lines = [line for person in batch for line in setting.agreed(person["id"])]
            consents = [wire.consent(line, at=now, recorded_at=now) for line in lines]
            app.records.update_profiles(updates)
            app.records.record_consents(consents)


def know_all(folder: Path, crowd: Crowd, count: int) -> None:
    """Import a crowd into the installation of a workspace by several processes, each a part of it."""
    share = -(-count // IMPORTERS)
    with ProcessPoolExecutor(IMPORTERS, get_context("spawn")) as importers:
        list(importers.map(partial(_know_part, folder, crowd, count, share), range(0, count, share)))


def _know_part(folder: Path, crowd: Crowd, count: int, share: int, start: int) -> None:
    know(Settings.read(folder), islice(crowd(count), start, start + share))
