"""Turns: whoever waits lets the others go on, whoever is late is told, and nobody is forgotten."""

import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from contextvars import ContextVar

import pytest

from channels.turns import aside, in_turns, wait_for

named: ContextVar[str] = ContextVar("named", default="nobody")


def each(*tasks: Callable[[], None]) -> None:
    """Do these in turns."""
    left = iter(tasks)
    in_turns(lambda: next(left)(), len(tasks))


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a connection."""
    with ExitStack() as stack:
        one, other = (stack.enter_context(end) for end in socket.socketpair())
        yield one, other


def hears(end: socket.socket, seconds: float = 5.0) -> bool:
    return wait_for(end.fileno(), select.POLLIN, seconds)


def test_who_waits_lets_the_others_go_on(pair: tuple[socket.socket, socket.socket]) -> None:
    """Even with what it waits for."""
    said: list[str] = []

    def listen() -> None:
        said.append("listens")
        assert hears(pair[0])
        said.append(pair[0].recv(10).decode())

    def speak() -> None:
        said.append("speaks")
        pair[1].send(b"heard")

    each(listen, speak)
    assert said == ["listens", "speaks", "heard"]


def test_who_is_late_is_told_so(pair: tuple[socket.socket, socket.socket]) -> None:
    """The soonest first, while others may wait for longer."""
    with ExitStack() as stack:
        ends = [stack.enter_context(end) for _ in range(3) for end in socket.socketpair()]
        late: list[float] = []

        def wait(end: socket.socket, seconds: float) -> None:
            assert not hears(end, seconds)
            late.append(seconds)

        began = time.monotonic()
        each(
            *(lambda end=end, seconds=n: wait(end, seconds) for end, n in zip(ends[::2], (0.3, 0.1, 0.2), strict=True))
        )
    assert late == [0.1, 0.2, 0.3]
    assert 0.25 < time.monotonic() - began < 0.6


def test_what_blocks_is_done_beside_the_others() -> None:
    """Eight wait for each other in threads; what they answer or raise comes back to who asked."""
    meeting, found = threading.Barrier(8, timeout=5), list[object]()

    def meet() -> None:
        found.append(aside(meeting.wait))

    def fail() -> None:
        with pytest.raises(ZeroDivisionError):
            aside(lambda: 1 / 0)
        found.append("failed")

    each(*[meet] * 8, fail)
    assert len(found) == 9
    assert {*found} == {*range(8), "failed"}


def test_what_one_raises_ends_them_all(pair: tuple[socket.socket, socket.socket]) -> None:
    """Those that wait clean up before it is heard of, and one that never began never does."""
    ended: list[str] = []

    def wait() -> None:
        try:
            hears(pair[0])
        finally:
            ended.append("waited")

    def fail() -> None:
        raise LookupError("no such thing")

    with pytest.raises(LookupError):
        each(wait, fail, lambda: ended.append("began"))
    assert ended == ["waited"]


def test_each_has_the_context_of_who_began_them() -> None:
    """And keeps what it changes to itself."""
    found: list[str] = []

    def rename() -> None:
        found.append(named.get())
        named.set("changed")
        aside(lambda: found.append(named.get()))

    token = named.set("somebody")
    each(rename, rename)
    assert sorted(found) == ["changed", "changed", "somebody", "somebody"]
    assert named.get() == "somebody"
    named.reset(token)


def test_outside_of_any_turn_one_waits_and_does_oneself(pair: tuple[socket.socket, socket.socket]) -> None:
    """In the thread that asks."""
    assert not hears(pair[0], 0.01)
    pair[1].send(b"x")
    assert hears(pair[0])
    assert aside(threading.get_ident) == threading.get_ident()


def test_threads_take_turns_each_on_their_own(pair: tuple[socket.socket, socket.socket]) -> None:
    """Nobody's turn comes in another's thread."""
    seen: list[tuple[int, int]] = []

    def wait() -> None:
        before = threading.get_ident()
        hears(pair[0])
        seen.append((before, threading.get_ident()))

    running = [threading.Thread(target=in_turns, args=(wait, 1)) for _ in range(4)]
    for thread in running:
        thread.start()
    pair[1].send(b"x")
    for thread in running:
        thread.join(5)
    assert len(seen) == 4
    assert all(before == after for before, after in seen)
