"""Names and contents of template files are looked at before anybody gets a message."""

from __future__ import annotations

import pytest

from orchestrator.content.files import Files
from orchestrator.content.linker import Linker
from orchestrator.content.weight import HEAVIEST, weight
from tests.content.workbench import po, problems, renderer

FINE = "{% block body %}x{% endblock %}"
NAMES = [
    ({"hi/sms.txt": FINE, "hi/sms@XX.txt": FINE}, "hi/sms@XX.txt", "template.name", "neither a market nor a locale"),
    (
        {"hi/sms.txt": FINE, "hi/sms@pt-BR.txt": FINE},
        "hi/sms@pt-BR.txt",
        "template.name",
        "The locale is spelt 'pt_BR'",
    ),
    (
        {"hi/sms.txt": FINE, "hi/sms@th.txt": FINE, "hi/sms@TH .txt": FINE},
        "hi/sms@TH .txt",
        "template.name",
        "Did you mean 'TH'?",
    ),
    ({"hi/sms@TH.txt": FINE}, "hi/sms@TH.txt", "template.name", "Write templates/hi/sms.txt for all but 'TH'"),
    ({"hi/sms.txt": FINE, "hi/sms.html": FINE}, "hi/sms.txt", "template.name", "hi/sms.html says the same"),
    ({"hi/emails.html": FINE}, "hi/emails.html", "template.channel", "Did you mean 'email'?"),
]


@pytest.mark.parametrize(("files", "path", "code", "words"), NAMES)
def test_a_file_whose_name_says_nothing_is_told(files: dict[str, str], path: str, code: str, words: str) -> None:
    (found,) = renderer(files).problems()
    assert (found.file, found.line, found.code) == (f"templates/{path}", 1, code)
    assert words in found.message


def test_partials_beside_a_message_are_nobody_s_business() -> None:
    assert renderer({"hi/sms.txt": FINE, "hi/footer.txt": "x", "_x/y.txt": "z", "top.txt": ""}).problems() == ()


def test_a_block_that_no_field_prints_is_a_warning() -> None:
    made = renderer(
        {
            "hi/email.html": "{% block subject %}x{% endblock %}{% block html %}y{% endblock %}\n{% block footer %}{% endblock %}"
        }
    )
    (found,) = made.problems()
    assert (found.severity, found.code, found.line, found.column) == ("warning", "template.block", 2, 10)
    assert "field of email 'footer'" in found.message


def test_a_block_of_another_channel_is_a_warning() -> None:
    (found,) = renderer({"hi/sms.txt": FINE + "{% block subject %}x{% endblock %}"}).problems()
    assert "There is 'body'" in found.message


def test_a_name_that_nothing_gives_is_told() -> None:
    (found,) = problems("{{ first_name }}")
    assert (found.severity, found.code) == ("error", "template.name")
    assert "profile.first_name" in found.message
    (found,) = problems("{{ profil.x }}")
    assert "Did you mean 'profile'?" in found.message


def test_names_that_templates_set_are_known() -> None:
    text = (
        "{% set a = 1 %}{% for b in [a] %}{{ b }}{{ loop.index }}{% endfor %}{% with c = a %}{{ c }}{% endwith %}"
        "{% macro m(d) %}{{ d }}{{ caller() }}{% endmacro %}{% call(e) m(a) %}{{ e }}{% endcall %}{{ now|date }}"
    )
    assert problems(text) == ()


def test_a_text_that_needs_a_value_which_the_template_does_not_give_is_told() -> None:
    (found,) = problems("{{ _('Hello %(name)s') }}")
    assert (found.code, found.line) == ("template.string", 1)
    assert "'name'" in found.message


def test_a_variation_is_looked_at_in_its_own_locale() -> None:
    files = {"hi/sms.txt": FINE, "hi/sms@de.txt": "{% block body %}{{ x.y() }}{% endblock %}"}
    (found,) = renderer(files, po("de", "")).problems()
    assert found.file == "templates/hi/sms@de.txt"


@pytest.mark.parametrize(
    "body",
    [
        "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
        "{{ " + "+".join(["1"] * 3000) + " }}",
        "{% if profile.a %}" * 400 + "x" + "{% endif %}" * 400,
        "{% include '_p0.txt' %}",
    ],
)
def test_what_is_nested_too_deeply_is_told(body: str) -> None:
    chain = {
        f"_p{n}.txt": "{% if profile.a %}" * 30 + f"{{% include '_p{n + 1}.txt' %}}" + "{% endif %}" * 30
        for n in range(9)
    }
    made = renderer({"hi/sms.txt": f"{{% block body %}}{body}{{% endblock %}}", **chain, "_p9.txt": "x"})
    (found,) = made.problems()
    assert (found.code, found.file) == ("template.unsafe", "templates/hi/sms.txt")
    assert "too deeply" in found.message


def _weight(body: str) -> int:
    source = f"{{% block body %}}{body}{{% endblock %}}".encode()
    return weight(Linker(Files({"x.txt": source}), ("x.txt",)).field("body"))


def test_an_ordinary_message_is_light() -> None:
    rows = "{% for a in moment.data.rows %}{% for b in a.cells %}{{ b.x|default('-')|upper }}{% endfor %}{% endfor %}"
    assert _weight(rows * 20) < HEAVIEST / 10


@pytest.mark.parametrize(
    "body",
    [
        "{% for a in range(1000) %}{% for b in range(1000) %}x{% endfor %}{% endfor %}",
        "{% macro a() %}" + "x" + "{% endmacro %}" + "".join(
            f"{{% macro {m}() %}}{f'{{{{ {n}() }}}}' * 10}{{% endmacro %}}" for n, m in zip("abcdefg", "bcdefgh", strict=True)
        ) + "{{ h() }}",
        "{% set x = 'ab' %}" + "{% set x = x ~ x %}" * 25 + "{{ x }}",
        "{% with x = 'ab' %}" + "{% with x = x ~ x ~ x %}" * 15 + "{{ x }}" + "{% endwith %}" * 16,
    ],
)  # fmt: skip
def test_what_grows_out_of_bounds_is_heavy(body: str) -> None:
    assert _weight(body) > HEAVIEST
