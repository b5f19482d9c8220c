"""The outbox writes what would have been sent, whole, once, and nowhere else."""

from email import policy
from email.parser import BytesParser
from pathlib import Path

import orjson
import pytest

from channels.outbox import Outbox
from channels.testing import outgoing


def outbox(tmp_path: Path, channel: str = "email") -> Outbox:
    return Outbox(channel, {"directory": str(tmp_path), "from": "Kairos <hello@example.com>"})


def files(tmp_path: Path) -> set[str]:
    return {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}


def test_an_email_is_written_as_record_letter_page_and_text(tmp_path: Path) -> None:
    """All four, under the channel and the message's id, with the content as it was previewed."""
    message = outgoing("email")
    [delivery] = outbox(tmp_path).deliver([message])

    assert delivery.kind == "accepted"
    assert files(tmp_path) == {f"email/m-1.{kind}" for kind in ("json", "eml", "html", "txt")}
    record = orjson.loads((tmp_path / "email/m-1.json").read_bytes())
    assert record["content"] == message.content.fields
    assert (record["id"], record["to"], record["locale"]) == ("m-1", ["ada@example.com"], "id")
    assert (tmp_path / "email/m-1.html").read_text() == "<p>Halo, <b>Ada</b></p>"
    read = BytesParser(policy=policy.default).parsebytes((tmp_path / "email/m-1.eml").read_bytes())
    assert read["subject"] == "Selamat pagi ☀"


def test_the_other_channels_are_a_record_and_what_one_reads(tmp_path: Path) -> None:
    """An SMS keeps its segments on record; a push is read title first."""
    outbox(tmp_path, "sms").deliver([outgoing("sms")])
    outbox(tmp_path, "push").deliver([outgoing("push")])

    assert files(tmp_path) == {"sms/m-1.json", "sms/m-1.txt", "push/m-1.json", "push/m-1.txt"}
    assert orjson.loads((tmp_path / "sms/m-1.json").read_bytes())["sms"]["encoding"] == "GSM-7"
    assert (tmp_path / "push/m-1.txt").read_text() == "Halo\nAda"


def test_a_message_handed_over_twice_leaves_one_set_of_equal_files(tmp_path: Path) -> None:
    """A second attempt changes nothing, and no draft stays behind."""
    adapter = outbox(tmp_path)
    adapter.deliver([outgoing("email")])
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path)}
    adapter.deliver([outgoing("email", attempt=2, fence=2)])

    assert {name: (tmp_path / name).read_bytes() for name in files(tmp_path)} == before


@pytest.mark.parametrize("id", ["../../up", "/etc/x", "..", "a\x00b", "x" * 400])
def test_an_id_never_leads_out_of_the_folder(tmp_path: Path, id: str) -> None:
    """Whatever an id holds, its files are right below the channel's folder."""
    [delivery] = outbox(tmp_path / "out", "sms").deliver([outgoing("sms", id=id)])

    assert delivery.kind == "accepted"
    assert len(list((tmp_path / "out/sms").iterdir())) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_that_cannot_be_written_is_tried_again_later(tmp_path: Path) -> None:
    """A file in the folder's place is known not to have taken the message."""
    (tmp_path / "email").write_text("in the way")

    [delivery] = outbox(tmp_path).deliver([outgoing("email")])

    assert delivery.kind == "retry"
    assert "ada@example.com" not in delivery.detail


def test_one_bad_message_does_not_stop_the_others(tmp_path: Path) -> None:
    """One outcome for each, in order."""
    batch = [outgoing("email", id="a"), outgoing("email", id="b", addresses=("x@y.org, evil@example.com",))]
    kinds = [delivery.kind for delivery in outbox(tmp_path).deliver([*batch, outgoing("email", id="c")])]

    assert kinds == ["accepted", "rejected", "accepted"]
