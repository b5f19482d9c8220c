"""Files of people and entries, read row by row: CSV, or JSON lines."""

from __future__ import annotations

import csv
from codecs import BOM_UTF8
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
    """Rows with their line numbers, from CSV or JSON lines; what cannot be read is told in `faults`, and left out."""
    return (_csv if file.suffix.lower() == ".csv" else _json_lines)(file, faults)


def _csv(file: Path, faults: list[str]) -> Iterator[Row]:
    with file.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as text:
        reader = csv.DictReader(text)
        try:
            for row in reader:
                cells = {key: value for key, value in row.items() if key and value not in (None, "")}
                if _is_text(cells):
                    yield reader.line_num, cells
                else:
                    faults.append(f"line {reader.line_num}: it is not UTF-8: save the file as CSV UTF-8")
        except csv.Error as error:
            faults.append(f"line {reader.line_num}: {error}; what follows is not read")


def _is_text(cells: Mapping[str, str]) -> bool:
    try:
        "".join((*cells.keys(), *cells.values())).encode()
    except UnicodeEncodeError:
        return False
    return True


def _json_lines(file: Path, faults: list[str]) -> Iterator[Row]:
    with file.open("rb") as lines:
        for number, raw in enumerate(lines, 1):
            try:
                if line := raw.removeprefix(BOM_UTF8).strip():
                    yield number, wire.mapping(orjson.loads(line), "A line")
            except (orjson.JSONDecodeError, wire.Malformed) as error:
                faults.append(f"line {number}: {error}")


def batches(rows: Iterable[Row]) -> Iterator[Sequence[Row]]:
    """Rows some at a time, so that a file of any length takes little memory."""
    rows = iter(rows)
    while batch := list(islice(rows, BATCH)):
        yield batch


def profile_line(row: Mapping[str, Any], declared: Mapping[str, AttributeType]) -> Mapping[str, Any]:
    """A row as a profile line: columns that are none of a profile's own fields are attributes (`stage`, `attributes.stage`)."""
    if "attributes" in row or not row.keys() - OWN:
        return row
    known = {key.removeprefix("attributes."): value for key, value in row.items() if key not in OWN}
    attributes = {key: _typed(declared[key].type, value) if key in declared else value for key, value in known.items()}
    return {**{key: value for key, value in row.items() if key in OWN}, "attributes": attributes}


def _typed(type_: str, cell: Any) -> Any:
    """A CSV cell as its attribute's type has it: JSON where that reads as one, else the text itself."""
    if type_ in ("string", "date", "datetime") or not isinstance(cell, str):
        return cell
    try:
        return orjson.loads(cell)
    except orjson.JSONDecodeError:
        return cell
