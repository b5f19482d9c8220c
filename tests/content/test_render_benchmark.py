"""The benchmark compares like with like: all its cases print the same text, and ours is not among the slow ones."""

from __future__ import annotations

from benchmarks import render


def test_all_cases_agree_and_ours_is_the_faster() -> None:
    found = render.report(rounds=1)
    assert found.keys() == {"sms", "email"}
    for figures in found.values():
        assert figures["ours"]["times"] > 5 > figures["lean"]["times"]
