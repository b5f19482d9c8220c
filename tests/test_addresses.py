"""What is an address, how it is spelled, and which two are the same person's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.addresses import LONGEST_TOKEN, normalised, valid


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("a@example.com", "a@example.com"),
        ("Ana.Silva+news@EXAMPLE.com", "Ana.Silva+news@example.com"),
        ("ana@mail.example.com", "ana@mail.example.com"),
        ("a@x.test", "a@x.test"),
        ("a@test", "a@test"),
        ("a@localhost", "a@localhost"),
        ("a@mail.localhost", "a@mail.localhost"),
        ("a@office.local", "a@office.local"),
        ("a@Müller.de", "a@müller.de"),
        ("a@xn--mller-kva.de", "a@xn--mller-kva.de"),
        ("用户@例子.广告", "用户@例子.广告"),
    ],
)
def test_an_email_address_is_spelled_with_its_domain_in_small_letters(written: str, spelled: str) -> None:
    assert valid("email", written) == spelled
    assert valid("email", spelled) == spelled


@pytest.mark.parametrize(
    "written",
    [
        *("", "a", "a@", "@example.com", "a@b", "a@example", "a@b@example.com", "not an address", "+12025550102"),
        *(
            "a,b@example.com",
            "a@b.com, evil@example.com",
            "a@b.com;evil@example.com",
            "a(b)@example.com",
            '"a b"@example.com',
        ),
        *(
            "alice@example.org)bob@example.com",
            "Ana <a@example.com>",
            "a@[127.0.0.1]",
            "a..b@example.com",
            ".a@example.com",
        ),
        *(
            "a@example.com\n",
            "a@example.com\r\nBcc: b@example.com",
            "a\x00@example.com",
            "a\u200b@example.com",
            " a@example.com",
        ),
        *("=?utf-8?q?Hi=0ABcc:_e@x.com?=", "=?utf-8?q?x?=@example.com", "a@exam_ple.com", "a@-x.com", "a@x.invalid"),
        *("a@" + ("b" * 60 + ".") * 4 + "example.com", "a" * 250 + "@example.com"),
    ],
)
def test_whatever_might_be_read_as_something_else_is_no_email_address(written: str) -> None:
    assert valid("email", written) is None


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("+6281234567890", "+6281234567890"),
        ("+12025550102", "+12025550102"),
        ("+1 (202) 555-0102", "+12025550102"),
        ("+15551234567", "+15551234567"),
        ("+447700900123", "+447700900123"),
        ("+44 (0)7911 123456", "+447911123456"),
        ("+39 06 1234 5678", "+390612345678"),
        ("+٢٠١٠١٢٣٤٥٦٧٨", "+201012345678"),
        ("＋８１ ９０ １２３４ ５６７８", "+819012345678"),
        ("+52 1 55 1234 5678", "+525512345678"),
        ("+52 55 1234 5678", "+525512345678"),
        ("+54 9 11 2345-6789", "+5491123456789"),
        ("+5511987654321", "+5511987654321"),
        ("+17875551234", "+17875551234"),
    ],
)
def test_a_phone_number_is_spelled_as_e164(channel: str, written: str, spelled: str) -> None:
    assert valid(channel, written) == spelled


@pytest.mark.parametrize(
    "written",
    [
        *(
            "",
            "+",
            "911",
            "+911",
            "6281234567890",
            "081234567890",
            "0062 812 3456 7890",
            "+12345",
            "+999123456789",
            "a@example.com",
        ),
        *("+1 900 555 1234", "+44 843 123 4567", "+979123456789"),  # at the caller's cost
        *("+80012345678", "+881612345678", "+870773123456", "+883510012345"),  # of no country
        *("+551187654321", "+4930", "+10000000001"),  # of no one
        *(
            "+1202555CALL",
            "+12025550102 ext 5",
            "+12025550102;ext=5",
            "tel:+12025550102",
            "+12025550102/+12025550103",
            "++12025550102",
        ),
        *("+12025550102\x00", "+1" * 200),
    ],
)
def test_what_costs_dearly_or_is_nobodys_is_no_number(written: str) -> None:
    assert valid("sms", written) is None
    assert valid("whatsapp", written) is None


def test_a_push_token_is_printable_and_has_no_space() -> None:
    assert valid("push", "tok1") == "tok1"
    assert valid("push", "x" * LONGEST_TOKEN) == "x" * LONGEST_TOKEN
    for token in ("", "a b", "a\n", "a\x7f", "a\u2028b", "x" * (LONGEST_TOKEN + 1)):
        assert valid("push", token) is None


def test_another_channel_takes_any_text_without_control_characters() -> None:
    assert valid("line", "U 4af4980629") == "U 4af4980629"
    assert valid("line", "") is None
    assert valid("line", "a\nb") is None


@pytest.mark.parametrize(
    ("channel", "one", "other"),
    [
        ("email", "Ana@Example.COM", "ana@example.com"),
        ("email", "a@müller.de", "A@XN--MLLER-KVA.de"),
        ("email", "Nonsense ", "nonsense"),
        ("sms", "+1 (202) 555-0102", "+12025550102"),
        ("sms", "6281234567890", "+62 812-3456-7890"),
        ("sms", "+52 1 55 1234 5678", "+525512345678"),
        ("whatsapp", "5491123456789", "+541123456789"),
        ("whatsapp", "551187654321", "+5511987654321"),
        ("sms", "+1 999", "1999"),
    ],
)
def test_two_spellings_of_one_address_have_one_key(channel: str, one: str, other: str) -> None:
    assert normalised(channel, one) == normalised(channel, other)


@pytest.mark.parametrize(
    ("channel", "one", "other"),
    [
        ("email", "a@example.com", "a@mail.example.com"),
        ("email", "a@localhost", "a@localhost.example.com"),
        ("email", "a.b@example.com", "ab@example.com"),
        ("sms", "+6281234567890", "+6281234567891"),
        ("sms", "+551133334444", "+5511933334444"),
        ("push", "Tok", "tok"),
        ("sms", "BRAND", "OTHER"),
    ],
)
def test_two_addresses_have_two_keys(channel: str, one: str, other: str) -> None:
    assert normalised(channel, one) != normalised(channel, other)


channels = st.sampled_from(["email", "sms", "whatsapp", "push", "line"])
written = st.text(max_size=30) | st.from_regex(r"\+[0-9 ]{5,14}", fullmatch=True) | st.emails()


@given(channels, written)
def test_a_canonical_spelling_is_its_own(channel: str, address: str) -> None:
    spelled = valid(channel, address)
    assert spelled is None or valid(channel, spelled) == spelled


@given(channels, written)
def test_spelling_an_address_does_not_change_its_key(channel: str, address: str) -> None:
    spelled = valid(channel, address)
    assert spelled is None or normalised(channel, spelled) == normalised(channel, address)


@given(channels, written)
def test_a_key_is_its_own_key(channel: str, address: str) -> None:
    assert normalised(channel, normalised(channel, address)) == normalised(channel, address)
