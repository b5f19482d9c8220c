"""Every fault in its bounded form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.__main__ import FAULTS
from tests.faults.disk import NoDisk
from tests.faults.outcome import Outcome
from tests.faults.scale import Scale

EACH = [
    pytest.param(fault, id=f"{name}-{number}")
    for name, several in FAULTS.items()
    for number, fault in enumerate(several)
]


@pytest.mark.slow
@pytest.mark.parametrize("fault", EACH)
def test_a_fault_loses_nothing_and_repeats_nothing(fault: Callable[[Scale], Outcome], tmp_path: Path) -> None:
    """By the word of the providers."""
    try:
        outcome = fault(Scale(tmp_path))
    except NoDisk as error:
        pytest.skip(str(error))
    assert outcome.faults == []
