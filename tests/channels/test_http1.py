"""HTTP/1.1 as bytes: what is written holds what was meant and no more, and an answer has one end or is none."""

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Call
from channels.http1 import LONGEST_HEAD, Origin, Reading, written

OK = b"HTTP/1.1 200 OK\r\n"
MOST = 1000


def read(pieces: Iterable[bytes], *, has_body: bool = True) -> Reading:
    """What has been read when it is over, or when there is no more."""
    return read_on(Reading(MOST, has_body=has_body), pieces)


def read_on(reading: Reading, pieces: Iterable[bytes]) -> Reading:
    for piece in pieces:
        if reading.is_over:
            break
        reading.feed(piece)
    return reading


def shown(reading: Reading) -> object:
    return reading.status, reading.headers, reading.body, reading.is_over, reading.keeps


def head(call: Call) -> list[str]:
    return written(call)[1].decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")


def test_a_call_is_written_with_all_that_it_says() -> None:
    """Its headers once each, in lower case, and the length of the body behind them."""
    origin, request = written(Call("POST", "https://api.example/v1?a=b", {"X-A": "1"}, b"{}", {"authorization": "key"}))
    assert origin == Origin(True, "api.example", 443)
    assert request == (
        b"POST /v1?a=b HTTP/1.1\r\nhost: api.example\r\nuser-agent: kairos-orchestrator\r\naccept-encoding: identity\r\n"
        b"x-a: 1\r\nauthorization: key\r\ncontent-length: 2\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("url", "origin", "host", "target"),
    [
        ("http://a.example", Origin(False, "a.example", 80), "a.example", "/"),
        ("HTTP://A.example:80/", Origin(False, "a.example", 80), "a.example", "/"),
        ("https://a.example:444/b/c?d=e?f/g", Origin(True, "a.example", 444), "a.example:444", "/b/c?d=e?f/g"),
        ("https://a.example?q=1#there", Origin(True, "a.example", 443), "a.example", "/?q=1"),
        ("http://[::1]:8080/x", Origin(False, "::1", 8080), "[::1]:8080", "/x"),
        ("https://xn--bcher-kva.example/", Origin(True, "xn--bcher-kva.example", 443), "xn--bcher-kva.example", "/"),
    ],
)
def test_an_address_leads_to_a_host_a_port_and_a_target(url: str, origin: Origin, host: str, target: str) -> None:
    """The usual port goes without saying."""
    assert written(Call("GET", url))[0] == origin
    assert head(Call("GET", url))[:2] == [f"GET {target} HTTP/1.1", f"host: {host}"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.example/x",
        "//a.example/x",
        "ftp://a.example/",
        "http://",
        "http:///x",
        "http://exa mple/",
        "http://user:word@a.example/",
        "http://a.example:99999/",
        "http://a.example:x/",
        "http://bücher.example/",
        "http://a.example/é",
        "http://a.example/a b",
        "http://a.example/{a}",
        "http://a.example\u212a/",
        "http://a.example/\r\nx-b: 2",
        "http://a.example/\n",
        "http://a.example/?q=1 HTTP/1.1\r\n\r\n",
        "http://a.example\x00.b.example/",
        "http://a.example/\x00",
        "http://[::1/",
    ],
)
def test_what_is_no_plain_address_is_not_called(url: str) -> None:
    """Nothing is stripped and nothing is guessed."""
    with pytest.raises(ValueError):
        written(Call("GET", url))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-a", "1\r\nx-b: 2"),
        ("x-a", "1\nx-b: 2"),
        ("x-a", "1\r"),
        ("x-a", "1\x00"),
        ("x-a", "ﬁ"),
        ("x-a: 1\r\nx-b", "2"),
        ("x-a:", "1"),
        ("x a", "1"),
        ("", "1"),
        ("Transfer-Encoding", "chunked"),
    ],
)
def test_a_header_that_says_more_than_itself_is_not_sent(name: str, value: str) -> None:
    """Among those that are shown and those that are secret."""
    for call in (
        Call("POST", "http://a.example", {name: value}),
        Call("POST", "http://a.example", secret={name: value}),
    ):
        with pytest.raises(ValueError):
            written(call)


def test_the_length_of_a_body_is_ours_to_say() -> None:
    """It is said of none, too, where a body is expected."""
    assert "content-length: 2" in head(Call("PUT", "http://a.example", {"Content-Length": "7"}, b"{}"))
    assert "content-length: 0" in head(Call("POST", "http://a.example"))
    assert not [line for line in head(Call("GET", "http://a.example")) if line.startswith("content-length")]
    with pytest.raises(ValueError):
        written(Call("PO ST", "http://a.example"))


ANSWERS: dict[str, tuple[bytes, int, bytes, bool]] = {
    "of a length": (OK + b"content-length: 2\r\n\r\n{}", 200, b"{}", True),
    "in chunks": (
        OK + b"transfer-encoding: chunked\r\n\r\n1;x=y\r\n{\r\n1\r\n}\r\n0\r\nx-t: 1\r\n\r\n",
        200,
        b"{}",
        True,
    ),
    "in chunks with spaces": (OK + b"transfer-encoding: chunked\r\n\r\n2  \r\n{}\r\n0\r\n\r\n", 200, b"{}", True),
    "with plain line ends": (b"HTTP/1.1 200 OK\ncontent-length: 2\n\n{}", 200, b"{}", True),
    "until the end": (OK + b"\r\n{}", 200, b"{}", False),
    "none by status": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", True),
    "none, though it has a length": (b"HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", 304, b"", True),
    "the last": (OK + b"connection: close\r\ncontent-length: 2\r\n\r\n{}", 200, b"{}", False),
    "of old": (b"HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\n{}", 200, b"{}", False),
    "after others": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nx-t: 0\r\n\r\n"
        + OK
        + b"content-length: 2\r\n\r\n{}",
        200,
        b"{}",
        True,
    ),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_ends_where_it_says(kind: str) -> None:
    """And leaves the connection to the next call, if it says nothing else."""
    data, status, body, keeps = ANSWERS[kind]
    reading = read([data, b""])
    assert (reading.status, reading.body, reading.keeps) == (status, body, keeps)
    assert "x-t" not in reading.headers


@given(kind=st.sampled_from(sorted(ANSWERS)), cuts=st.lists(st.integers(1, 200), max_size=8))
def test_an_answer_is_the_same_in_whatever_pieces_it_comes(kind: str, cuts: list[int]) -> None:
    """A network cuts where it likes."""
    data = ANSWERS[kind][0]
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[a:b] for a, b in pairwise(places)]
    assert shown(read([*pieces, b""])) == shown(read([data, b""]))


def test_to_an_asking_for_the_head_no_body_is_waited_for() -> None:
    """Though its length is told."""
    reading = read([OK + b"content-length: 5\r\n\r\n"], has_body=False)
    assert (reading.status, reading.body, reading.is_over, reading.keeps) == (200, b"", True, False)


@pytest.mark.parametrize("surplus", [b"x", OK, OK + b"content-length: 0\r\n\r\n", b"\x00"])
def test_what_stands_behind_an_answer_is_not_taken_for_the_next(surplus: bytes) -> None:
    """The answer stands, the connection is out of step."""
    for ending in (b"content-length: 2\r\n\r\n{}", b"connection: close\r\ncontent-length: 2\r\n\r\n{}"):
        reading = read([OK + ending + surplus])
        assert (reading.status, reading.body, reading.is_over, reading.keeps) == (200, b"{}", True, False)


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\xff good morning\n\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"HTTP/1.2 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nabc",
        OK + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
        OK + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        OK + b"content-length: -1\r\n\r\n",
        OK + b"content-length : 2\r\n\r\n{}",
        OK + b"content-length: 99999999999999999999999\r\n\r\n",
        OK + b"x-a: 1\rcontent-length: 2\r\n\r\n{}",
        OK + b"x-a: \x00\r\n\r\n",
    ],
)
def test_what_can_be_read_in_two_ways_is_no_answer(data: bytes) -> None:
    """Nor is what cannot be read at all."""
    with pytest.raises(ValueError):
        read([data])


def test_a_repeated_header_has_all_its_values() -> None:
    """Whatever the case of its name."""
    reading = read([OK + b"Via: a\r\nvia: \xe9\r\n\r\n"])
    assert reading.headers == {"via": "a, é"}


@pytest.mark.parametrize("line", [b"x" * 100, b"\r\nx: 1\r\nx: " * 10, b"\r\n\r\nHTTP/1.1 103 Early Hints\r\nx: "])
def test_headers_without_end_are_not_read_to_it(line: bytes) -> None:
    """Be it in one header, in many, or in answers before the answer."""
    reading = read([OK.replace(b"200", b"103") + b"x: ", *[line] * (LONGEST_HEAD // len(line) - 1)])
    assert not reading.is_over
    with pytest.raises(ValueError, match="without end"):
        read_on(reading, [line] * 2)


@pytest.mark.parametrize(
    "form", [b"content-length: 9999\r\n\r\n", b"\r\n", b"transfer-encoding: chunked\r\n\r\nfff\r\n"]
)
def test_a_body_without_end_is_cut(form: bytes) -> None:
    """It is over as soon as there is more than is wanted."""
    reading = read([OK + form, *[b"x" * 300] * 10])
    assert (len(reading.body), reading.is_over, reading.keeps) == (MOST, True, False)


def test_what_follows_a_body_without_end_is_not_read_to_it() -> None:
    """Trailers count for nothing."""
    reading = read([OK + b"transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nx-t: ", *[b"x" * 5000] * 20])
    assert (reading.body, reading.is_over, reading.keeps) == (b"x", True, False)


@pytest.mark.parametrize("form", [b"content-length: 9\r\n\r\n{", b"transfer-encoding: chunked\r\n\r\n9\r\n{"])
def test_a_body_that_breaks_off_counts_as_none(form: bytes) -> None:
    """The status has been heard; without one there is no answer."""
    reading = read([OK + form])
    with pytest.raises(ValueError) as fault:
        reading.feed(b"")
    reading.break_off(fault.value)
    assert (reading.status, reading.body, reading.is_over, reading.keeps) == (200, b"", True, False)
    with pytest.raises(ValueError):
        read([b"HTTP/1.1 200 "]).break_off(ValueError())
