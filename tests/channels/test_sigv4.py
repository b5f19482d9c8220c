"""Amazon's signature, by the examples that Amazon publishes."""

from datetime import UTC, datetime

import pytest

from channels.base import Call
from channels.sigv4 import Signer

AT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
FORM = {"content-type": "application/x-www-form-urlencoded"}
PLACE = "https://example.amazonaws.com"


@pytest.mark.parametrize(
    ("call", "signature"),
    [
        (Call("GET", f"{PLACE}/"), "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        (Call("POST", f"{PLACE}/"), "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (
            Call("POST", f"{PLACE}/", FORM, b"Param1=value1"),
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
        (
            Call("GET", f"{PLACE}/?Param2=value2&Param1=value1"),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
    ],
)
def test_requests_are_signed_as_amazon_signs_them(call: Call, signature: str) -> None:
    """Of its suite of test vectors."""
    signed = Signer(KEY, SECRET, "us-east-1", "service").signed(call, AT)
    assert signed.secret["authorization"].endswith(f"Signature={signature}")
    assert signed.secret["x-amz-date"] == "20150830T123600Z"


def test_the_example_of_the_documentation() -> None:
    """With headers and a query."""
    call = Call(
        "GET",
        "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
        {"content-type": "application/x-www-form-urlencoded; charset=utf-8"},
    )
    assert Signer(KEY, SECRET, "us-east-1", "iam").signed(call, AT).secret["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    )


def test_credentials_that_last_for_a_while_show_their_token() -> None:
    """Which is signed as well; no repr shows it."""
    signer = Signer(KEY, SECRET, "us-east-1", "ses", "token-of-today")
    signed = signer.signed(Call("GET", f"{PLACE}/"), AT)
    assert signed.secret["x-amz-security-token"] == "token-of-today"
    assert "SignedHeaders=host;x-amz-date;x-amz-security-token" in signed.secret["authorization"]
    assert not [word for word in (SECRET, "token-of-today") if word in f"{signer!r}{signed!r}"]
