"""Files that should not be there, or not under that name."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.checking.mutations.texts import Files, Kind, Mutation

EXTENDING = '{{% extends "{tactic}/{file}" %}}\n'
TEXT = "{% block body %}Hello.{% endblock %}\n"


def added(file: str, content: str | bytes, note: str) -> Mutation:
    """A new file; what is found stands on its first line."""
    return Mutation(file, content.encode() if isinstance(content, str) else content, frozenset({1}), note)


def _messages(files: Files) -> Iterator[tuple[str, str]]:
    """The tactics, and the files of each that stand for a channel."""
    for name in files:
        folder, _, rest = name.partition("/")
        tactic, _, file = rest.partition("/")
        if folder == "templates" and "@" not in file and not tactic.startswith("_"):
            yield tactic, file


def unused_template(files: Files, random: Random) -> Iterator[Mutation]:
    """A tactic that no campaign names."""
    for tactic, file in _messages(files):
        yield added(f"templates/old_{tactic}/{file}", files[f"templates/{tactic}/{file}"], "an old tactic")


def unused_variation(files: Files, random: Random) -> Iterator[Mutation]:
    """A variation for a market that there is not, or for a language that nothing is translated into."""
    for tactic, file in _messages(files):
        stem, _, ending = file.partition(".")
        for name in ("SE", "sv", "xx_YY", "Germany", "de-DEU"):
            text = EXTENDING.format(tactic=tactic, file=file)
            yield added(f"templates/{tactic}/{stem}@{name}.{ending}", text, f"a variation for {name}")


def unused_layout(files: Files, random: Random) -> Iterator[Mutation]:
    """A layout that nothing extends."""
    for name in ("email.html", "sms.txt"):
        yield added(f"templates/_layouts/old_{name}", files[f"templates/_layouts/{name}"], "an old layout")


def unknown_channel(files: Files, random: Random) -> Iterator[Mutation]:
    """A template for a channel that there is not."""
    for tactic, _ in _messages(files):
        for name in ("emial.html", "mms.txt", "whatsap.txt", "E-Mail.html"):
            yield added(f"templates/{tactic}/{name}", TEXT, "no such channel")


def misplaced_catalog(files: Files, random: Random) -> Iterator[Mutation]:
    """Translations where nobody looks for them."""
    catalog = files["locales/de/LC_MESSAGES/messages.po"]
    places = (
        "nl.po",
        "nl/messages.po",
        "nl/LC_MESSAGES/message.po",
        "dutch!/LC_MESSAGES/messages.po",
        "pt-BR/LC_MESSAGES/messages.po",
    )
    for place in places:
        yield added(f"locales/{place}", catalog, "a catalog elsewhere")


def misnamed_blueprint(files: Files, random: Random) -> Iterator[Mutation]:
    """Blueprints where nobody looks for them."""
    yield added("segment.yaml", files["segments.yaml"], "another name")
    yield added("kairos.yml", files["kairos.yaml"], "another ending")
    for name in files:
        if name.startswith("campaigns/"):
            stem = name.partition("/")[2].removesuffix(".yaml")
            yield added(f"campaigns/{stem}-2.yml", files[name], "another ending")
            yield added(f"campaigns/summer/{stem}.yaml", files[name], "a folder further down")
            yield added(f"campaign/{stem}.yaml", files[name], "another folder")


KINDS: tuple[Kind, ...] = (
    unused_template, unused_variation, unused_layout, unknown_channel, misplaced_catalog, misnamed_blueprint,
)  # fmt: skip
