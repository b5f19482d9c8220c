"""A person's full name in the order of the language."""

from __future__ import annotations

import pytest

from orchestrator.content.names import full_name


@pytest.mark.parametrize(
    ("language", "given", "family", "expected"),
    [
        ("en", "Ada", "Lovelace", "Ada Lovelace"),
        ("hu", "Béla", "Bartók", "Bartók Béla"),
        ("vi", "Trãi", "Nguyễn", "Nguyễn Trãi"),
        ("ja", "太郎", "山田", "山田太郎"),
        ("ja", "マリア", "山田", "山田マリア"),
        ("ja", "Taro", "Yamada", "Yamada Taro"),
        ("ko", "민수", "김", "김민수"),
        ("zh", "伟", "王", "王伟"),
        ("en", "太郎", "山田", "太郎山田"),
        ("is", "Björk", None, "Björk"),
        ("id", " Sukarno ", "", "Sukarno"),
        ("en", None, None, ""),
        ("en", "  ", " ", ""),
    ],
)
def test_names_stand_in_the_order_of_the_language(language, given, family, expected):
    assert full_name(language, given, family) == expected
