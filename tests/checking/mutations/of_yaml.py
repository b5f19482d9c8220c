"""Mistakes in the blueprints: kairos.yaml, markets.yaml, segments.yaml and the campaigns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from random import Random

from tests.checking.mutations.texts import Files, Kind, Mutation, line_at, matches, misspelt, replaced, texts

YAML = ".yaml"
BEFORE = r"^(?!\s*#)[^#\n]*?"  # on a line, and not in a comment
DURATION = BEFORE + r"(?:fresh|expires|per|within): (\d+[dh])\b"
BAD_DURATIONS = ("7 days", "7x", "-1d", "0h", "1.5d", "P7D", "week long")
BAD_CLOCKS = ("25:00", "21:60", "9pm", "21.00", "-1:00", "24:01")
BAD_RANGES = ("09:00-09:00", "7-9", "09.00-17.00", "25:00-26:00", "morning")
BAD_SCHEDULES = ("moday 07:30", "mon 7:3", "99 * * * *", "* * *", "every monday", "mon 25:00")


def changed(files: Files, prefix: str, pattern: str, news: tuple[str, ...], group: int = 1) -> Iterator[Mutation]:
    """Every match of a pattern in the YAML files, replaced by each of several texts."""
    for file, text in texts(files, prefix, YAML):
        for start, stop, _ in matches(pattern, text, group):
            yield from (replaced(file, text, start, stop, new) for new in news)


def misspellings(files: Files, prefix: str, pattern: str, random: Random) -> Iterator[Mutation]:
    """Every match of a pattern in the YAML files, with a slip of the pen."""
    taken = {word for _, text in texts(files, "", YAML) for word in re.findall(r"[\w.-]+", text)}
    for file, text in texts(files, prefix, YAML):
        for start, stop, word in matches(pattern, text, 1):
            yield replaced(file, text, start, stop, misspelt(word, random, taken))


def misspelt_key(files: Files, random: Random) -> Iterator[Mutation]:
    keys = (
        "attributes|moments|purposes|caps|quiet_hours|locale|sms|providers|type|fresh|sensitive|required|data|consent"
    )
    keys += "|limit|per|purpose|channel|when|from|until|max_segments|locales|terms|where|goal|segment|identify|moment|on|every"
    keys += "|expires|send|between|tactic|template|priority|holdout|markets|campaign|within"
    yield from misspellings(files, "", rf"{BEFORE}(?<![\w$])({keys}):(?= |$)", random)


def unknown_type(files: Files, random: Random) -> Iterator[Mutation]:
    types = "string|integer|number|boolean|money|datetime|date|geo|list|object"
    yield from misspellings(files, "kairos", rf"{BEFORE}(?:type: |\w: )({types})\b", random)


def bad_duration(files: Files, random: Random) -> Iterator[Mutation]:
    yield from changed(files, "", DURATION, BAD_DURATIONS)


def bad_clock(files: Files, random: Random) -> Iterator[Mutation]:
    yield from changed(files, "", BEFORE + r"(?:from|until): \"(\d\d:\d\d)\"", BAD_CLOCKS)


def bad_range(files: Files, random: Random) -> Iterator[Mutation]:
    yield from changed(files, "campaigns/", r"\"(\d\d:\d\d-\d\d:\d\d)\"", BAD_RANGES)


def bad_schedule(files: Files, random: Random) -> Iterator[Mutation]:
    yield from changed(files, "campaigns/", r"every: \"([^\"]+)\"", BAD_SCHEDULES)


def bad_number(files: Files, random: Random) -> Iterator[Mutation]:
    yield from changed(files, "", BEFORE + r"(?:limit|max_segments|priority): (\d+)", ("-1.5", "many", "[1]", "1e999"))
    yield from changed(files, "", BEFORE + r"holdout: (\d+%)", ("500%", "-5%", "some", "five percent"))


def bad_code(files: Files, random: Random) -> Iterator[Mutation]:
    yield from changed(files, "markets", r"locales: \[(\w+),", ("xx_YY", "english", "de-", "12"))
    yield from changed(files, "kairos", r"^locale: (\w+)", ("english", "xx_YY"))


def repeated_key(files: Files, random: Random) -> Iterator[Mutation]:
    for file, text in texts(files, "", YAML):
        for _, stop, line in matches(r"^(?!#)[\w-]+: *\S.*\n", text):
            yield replaced(file, text, stop, stop, line, [line_at(text, stop)])
        for start, stop, line in matches(r"^  (?!#)[\w.-]+: *\S.*\n", text):
            yield replaced(file, text, stop, stop, line, [line_at(text, start), line_at(text, stop)])


def wrong_indentation(files: Files, random: Random) -> Iterator[Mutation]:
    """An entry that slipped out of its section, or a tab."""
    for file, text in texts(files, "", YAML):
        for start, _, _line in matches(r"^  [\w.-]+:.*\n", text):
            line_ = line_at(text, start)
            yield replaced(file, text, start, start + 2, " ", (line_, line_ + 1))
            yield replaced(file, text, start, start + 2, "\t", (line_,))


def unclosed_bracket(files: Files, random: Random) -> Iterator[Mutation]:
    for file, text in texts(files, "", YAML):
        for start, stop, _ in matches(BEFORE + r"([\]}])[^\]}\n]*$", text, 1):
            following = re.compile(r"^ *[^\s#]", re.MULTILINE).finditer(text, text.find("\n", start))
            last = max(line_at(text, found.end()) for found in [re.match("", text), *islice(following, 2)] if found)
            yield replaced(file, text, start, stop, "", range(line_at(text, start), last + 1))


def unclosed_quote(files: Files, random: Random) -> Iterator[Mutation]:
    for file, text in texts(files, "", YAML):
        for start, stop, _ in matches(BEFORE + r"\"[^\"\n]*(\")", text, 1):
            yield replaced(file, text, start, stop, "", range(line_at(text, start), text.count("\n") + 2))


def magic(files: Files, random: Random) -> Iterator[Mutation]:
    """Anchors, aliases, tags and further documents."""
    for file, text in texts(files, "", YAML):
        for start, stop, value in matches(BEFORE + r": (\w[\w.]*)", text, 1):
            yield replaced(file, text, start, stop, f"&a {value}")
            yield replaced(file, text, start, stop, "*a")
            yield replaced(file, text, start, stop, f"!!python/object:os.system {value}")


def unknown_name(files: Files, random: Random) -> Iterator[Mutation]:
    """A purpose, moment, segment, market, attribute, channel or template that nothing bears."""
    yield from misspellings(files, "campaigns/", r"^purpose: ([\w-]+)", random)
    yield from misspellings(files, "campaigns/", r"^segment: ([\w-]+)", random)
    yield from misspellings(files, "campaigns/", r"(?:\bon|goal: \{moment): ([\w.]+)", random)
    yield from misspellings(files, "campaigns/", r"template: (\w+)", random)
    yield from misspellings(files, "campaigns/", r"^identify: \[(?:\w+, )*(\w+)", random)
    yield from misspellings(files, "campaigns/", r"^channel: \[(?:\w+, )*(\w+)", random)
    yield from misspellings(files, "campaigns/", r"^markets: \[(?:\w+, )*(\w+)", random)
    yield from misspellings(files, "kairos", r"limit: .*?(?:purpose|channel): (\w+)", random)


def unknown_in_condition(files: Files, random: Random) -> Iterator[Mutation]:
    names = "tenure_days|weekly_minutes|points|interests|location|tracks|stars|tread_mm|garage_location"
    yield from misspellings(files, "", rf"(?:where|when): \"[^\"]*?\b({names})\b", random)
    yield from misspellings(files, "", r"(?:where|when): \"[^\"]*?count\('([\w.]+)'", random)
    yield from misspellings(files, "", r"(?:where|when): \"[^\"]*?\b(count|distance_km)\(", random)


def bad_condition(files: Files, random: Random) -> Iterator[Mutation]:
    yield from changed(files, "", r"(?:where|when): \"[^\"]*?( and | or )", (" && ", " , ", " andd ", " or or "))
    yield from changed(files, "", r"(?:where|when): \"[^\"]*?(<=|>=|<|>) ", ("=<", "= ", "<>", "=>"))


def wrong_kind(files: Files, random: Random) -> Iterator[Mutation]:
    """A declaration that its uses contradict."""
    others = {
        "tracks": "string", "stars": "string", "tread_mm": "string", "order_id": "list", "plate": "geo", "garage": "object",
        "lines": "string", "total": "string", "eta": "string", "artists": "string", "answer_by": "string", "agent": "list",
        "favourite_artist": "list", "weekly_minutes": "string", "points": "string", "balance": "date", "stories": "number",
        "first_name": "number", "last_name": "money",
    }  # fmt: skip
    text = files["kairos.yaml"].decode()
    for name, other in others.items():
        for start, stop, _ in matches(rf"^(?!\s*#)[^#\n]*?\b{name}: (?:\{{type: )?(\w+)", text, 1):
            if not re.search(r"order\.placed", text[text.rfind("\n  ", 0, start) - 40 : start]):
                yield replaced("kairos.yaml", text, start, stop, other)


def not_required(files: Files, random: Random) -> Iterator[Mutation]:
    text = files["kairos.yaml"].decode()
    for start, stop, _ in matches(r"^(?!\s*#)[^#\n]*?(, required: true)", text, 1):
        line = text[text.rfind("\n", 0, start) : start]
        if not re.search("garage_location|tracks|stars|tread_mm", line):  # no template, or no campaign, goes without
            yield replaced("kairos.yaml", text, start, stop, "")


def not_identified(files: Files, random: Random) -> Iterator[Mutation]:
    for file, text in texts(files, "campaigns/", YAML):
        for start, stop, line in matches(r"^identify: \[.*\].*\n", text):
            names = re.findall(r"\w+", line.partition("[")[2].partition("]")[0])
            for name in names:
                rest = ", ".join(other for other in names if other != name)
                new = f"identify: [{rest}]\n"
                nearby = {line_at(text, start), *(line_at(text, at) for at, _, _ in matches(r"^tactic:|where:", text))}
                if name not in ("weekly_minutes", "points", "stories") or "segment" not in text:
                    yield replaced(file, text, start, stop, new, nearby)


def lost_term(files: Files, random: Random) -> Iterator[Mutation]:
    text = files["markets.yaml"].decode()
    for start, stop, _ in matches(r"(?:^    |(?<=\{))(site): ", text, 1):
        market = text.rfind("\n\n", 0, start)
        lines = range(line_at(text, market) + 2, line_at(text, start) + 1)
        yield replaced("markets.yaml", text, start, stop, "home", lines)
        yield replaced("markets.yaml", text, start, stop, "sites", lines)


def misspelt_term(files: Files, random: Random) -> Iterator[Mutation]:
    yield from misspellings(files, "markets", r"^[^#\n]*?\b(address|imprint|stop|tyres|pay):", random)


def wrong_scheme(files: Files, random: Random) -> Iterator[Mutation]:
    yield from changed(files, "markets", r"site: \"(https)://", ("htps", "javascript", "ftp", "httpss"))


def lost_key(files: Files, random: Random) -> Iterator[Mutation]:
    """A campaign without its name, its moment or its tactic."""
    for file, text in texts(files, "campaigns/", YAML):
        for start, stop, _ in matches(r"^(?:tactic|campaign): .*\n", text):
            yield replaced(file, text, start, stop, "", [1, *range(1, text.count("\n") + 1)])


def misspelt_declaration(files: Files, random: Random) -> Iterator[Mutation]:
    """An attribute or a field that everybody else spells otherwise."""
    taken = {word for _, text in texts(files, "", YAML) for word in re.findall(r"[\w.-]+", text)}
    text = files["kairos.yaml"].decode()
    for name in (
        "first_name",
        "favourite_artist",
        "balance",
        "stories",
        "order_id",
        "tracks",
        "lines",
        "eta",
        "stars",
        "plate",
    ):
        for start, stop, word in list(matches(rf"^(?!\s*#)[^#\n]*?\b({name}):", text, 1))[:1]:
            yield replaced("kairos.yaml", text, start, stop, misspelt(word, random, taken))


KINDS: tuple[Kind, ...] = (
    misspelt_key, unknown_type, bad_duration, bad_clock, bad_range, bad_schedule, bad_number, bad_code, repeated_key,
    wrong_indentation, unclosed_bracket, unclosed_quote, magic, unknown_name, unknown_in_condition, bad_condition,
    wrong_kind, not_required, not_identified, lost_term, misspelt_term, wrong_scheme, lost_key, misspelt_declaration,
)  # fmt: skip
