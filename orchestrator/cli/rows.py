"""Files of people and entries, read row by row: CSV, or JSON lines."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from orchestrator import wire
from orchestrator.blueprint import AttributeType

BATCH = 1000
OWN = {"id", "market", "locale", "timezone", "email", "phone", "whatsapp", "push"}
Row = tuple[int, Mapping[str, Any]]


def rows_of(file: Path, faults: list[str]) -> Iterator[Row]:
    """Rows with their line numbers, from CSV or JSON lines."""
    if file.suffix.lower() == ".csv":
        with file.open(newline="", encoding="utf-8-sig") as text:
            reader = csv.DictReader(text)
            for row in reader:
                yield reader.line_num, {key: value for key, value in row.items() if key and value not in (None, "")}
        return
    with file.open("rb") as lines:
        for number, raw in enumerate(lines, 1):
            try:
                if raw.strip():
                    yield number, wire.mapping(orjson.loads(raw), "A line")
            except (orjson.JSONDecodeError, wire.Malformed) as error:
                faults.append(f"line {number}: {error}")


def batches(rows: Iterable[Row]) -> Iterator[Sequence[Row]]:
    """Rows some at a time, so that a file of any length takes little memory."""
    rows = iter(rows)
    while batch := list(islice(rows, BATCH)):
        yield batch


def profile_line(row: Mapping[str, Any], declared: Mapping[str, AttributeType]) -> Mapping[str, Any]:
    """A row as a profile line: columns that are none of a profile's own fields are attributes."""
    if "attributes" in row or not row.keys() - OWN:
        return row
    attributes = {
        key: _typed(declared[key].type, value) if key in declared else value
        for key, value in row.items()
        if key not in OWN
    }
    return {**{key: value for key, value in row.items() if key in OWN}, "attributes": attributes}


def _typed(type_: str, cell: Any) -> Any:
    """A CSV cell as its attribute's type has it: JSON where that reads as one, else the text itself."""
    if type_ in ("string", "date", "datetime") or not isinstance(cell, str):
        return cell
    try:
        return orjson.loads(cell)
    except orjson.JSONDecodeError:
        return cell
