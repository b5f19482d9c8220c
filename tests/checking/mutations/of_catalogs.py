"""Mistakes in catalogs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tests.checking.mutations.texts import Files, Kind, Mutation, line_at, matches, misspelt, replaced, texts

PO = "messages.po"
FORM = r'^msgstr(?:\[\d\])? "([^"\n]{8,})"$'
BAD_HEADERS = (
    "nplurals=2; plural=n/0;",
    "nplurals=1; plural=5;",
    "nplurals=2; plural=n;",
    "nplurals=0; plural=0;",
    "nplurals=2; plural=(n != 1",
    "nplurals=two; plural=(n != 1);",
    "plural=(n != 1);",
    "nplurals=2; plural=__import__('os');",
    "nplurals=2; plural=n%0;",
    "nplurals=99; plural=n;",
    "nplurals=2; plural=(n == 137 ? 5 : n != 1);",
    "nplurals=2; plural=(n == 1000 ? 2 : n != 1);",
    "nplurals=2; plural=(n >= 1000000 ? 2 : n != 1);",
    "nplurals=2; plural=(n != 1 ? 7 % (n - 200) : 0);",
)
TAGS = ("<b>", '<img src="x" onerror="alert(1)">', "</p>", "<script>", '<a href="https://example.com">')


@dataclass(frozen=True, slots=True)
class Entry:
    """One string of a catalog as it is written, and where."""

    file: str
    text: str
    start: int
    stop: int

    @property
    def written(self) -> str:
        return self.text[self.start : self.stop]

    @property
    def lines(self) -> range:
        return range(line_at(self.text, self.start), line_at(self.text, self.stop) + 1)


def entries(files: Files) -> Iterator[Entry]:
    """All strings of all catalogs, without their headers."""
    for file, text in texts(files, "locales/", PO):
        for found in re.finditer(
            r'(?:^#.*\n)*(?:^msgctxt .*\n)?^msgid "[^"].*\n(?:^(?:msg\w|").*\n?)*', text, re.MULTILINE
        ):
            yield Entry(file, text, found.start(), found.end())


def _forms(files: Files, pattern: str = FORM) -> Iterator[tuple[str, str, int, int, str]]:
    """All translations: file, text, and where each stands."""
    for file, text in texts(files, "locales/", PO):
        for start, stop, form in matches(pattern, text, 1):
            yield file, text, start, stop, form


def not_translated(files: Files, random: Random) -> Iterator[Mutation]:
    for entry in entries(files):
        emptied = re.sub(r'^(msgstr(?:\[\d\])?) ".*"$', r'\1 ""', entry.written, flags=re.MULTILINE)
        yield replaced(entry.file, entry.text, entry.start, entry.stop, emptied, entry.lines)


def lost_entry(files: Files, random: Random) -> Iterator[Mutation]:
    """A string that is gone; it is to be written where it stood, between its neighbours."""
    for entry in entries(files):
        if "this greeting is for Japanese only" in entry.written and "/ja/" not in entry.file:
            continue
        around = range(entry.lines.start - 8, entry.lines.stop + 8)
        yield replaced(entry.file, entry.text, entry.start, entry.stop, "", around)


def lost_form(files: Files, random: Random) -> Iterator[Mutation]:
    for entry in entries(files):
        forms = list(matches(r"^msgstr\[\d\].*\n", entry.written))
        if len(forms) > 1:
            at = entry.start + forms[-1][0]
            yield replaced(entry.file, entry.text, at, entry.start + forms[-1][1], "", entry.lines)


def empty_form(files: Files, random: Random) -> Iterator[Mutation]:
    for entry in entries(files):
        forms = list(matches(r'^msgstr\[\d\] "(.*)"$', entry.written, 1))
        for start, stop, _ in forms if len(forms) > 1 else ():
            yield replaced(entry.file, entry.text, entry.start + start, entry.start + stop, "", entry.lines)


def lost_placeholder(files: Files, random: Random) -> Iterator[Mutation]:
    """A value that the translation leaves out; of several forms one may leave out the number, so only single ones."""
    for file, text, start, stop, form in _forms(files, r'^msgstr "([^"\n]*%\(\w+\)s[^"\n]*)"$'):
        yield replaced(file, text, start, stop, re.sub(r"%\(\w+\)s", "…", form, count=1))


def misspelt_placeholder(files: Files, random: Random) -> Iterator[Mutation]:
    for file, text in texts(files, "locales/", PO):
        for start, stop, name in matches(r"^msgstr.*%\((\w+)\)s", text, 1):
            yield replaced(file, text, start, stop, misspelt(name, random))


def broken_placeholder(files: Files, random: Random) -> Iterator[Mutation]:
    for file, text in texts(files, "locales/", PO):
        for start, stop, _ in matches(r"^msgstr.*(%\(\w+\)s)", text, 1):
            old = text[start:stop]
            for new in (old[:-1], old.replace(")", ""), old.replace("(", "")):
                yield replaced(file, text, start, stop, new)


def lone_percent(files: Files, random: Random) -> Iterator[Mutation]:
    """A percent sign in a text that is a format, where it has to be doubled."""
    for file, text, _, stop, form in _forms(files):
        if "%(" in form:
            yield replaced(file, text, stop, stop, " 100 %")
            yield replaced(file, text, stop, stop, " 5% x")


def added_markup(files: Files, random: Random) -> Iterator[Mutation]:
    for file, text, start, _stop, _ in _forms(files):
        tag = random.choice(TAGS).replace('"', '\\"')
        yield replaced(file, text, start, start, tag)


def bad_header(files: Files, random: Random) -> Iterator[Mutation]:
    for file, text in texts(files, "locales/", PO):
        for start, stop, _ in matches(r'Plural-Forms: (.*?)\\n"', text, 1):
            for header in BAD_HEADERS:
                yield replaced(file, text, start, stop, header, range(2, line_at(text, stop) + 1))


def misspelt_msgid(files: Files, random: Random) -> Iterator[Mutation]:
    for entry in entries(files):
        for start, stop, word in list(matches(r'^msgid "(?:[^"]*? )?([A-Za-z]{4,})\b', entry.written, 1)):
            slip = misspelt(word, random)
            yield replaced(entry.file, entry.text, entry.start + start, entry.start + stop, slip, entry.lines)


def misspelt_plural(files: Files, random: Random) -> Iterator[Mutation]:
    for entry in entries(files):
        for start, stop, word in list(matches(r'^msgid_plural "(?:[^"]*? )?([A-Za-z]{4,})\b', entry.written, 1)):
            slip = misspelt(word, random)
            yield replaced(entry.file, entry.text, entry.start + start, entry.start + stop, slip, entry.lines)


def misspelt_context(files: Files, random: Random) -> Iterator[Mutation]:
    for entry in entries(files):
        for start, stop, word in matches(r'^msgctxt "(\w+)"', entry.written, 1):
            slip = misspelt(word, random)
            yield replaced(entry.file, entry.text, entry.start + start, entry.start + stop, slip, entry.lines)


def repeated_entry(files: Files, random: Random) -> Iterator[Mutation]:
    for entry in entries(files):
        added = range(entry.lines.stop, entry.lines.stop + len(entry.lines) + 1)
        yield replaced(
            entry.file, entry.text, entry.stop, entry.stop, f"\n{entry.written}", [entry.lines.start, *added]
        )


def unclosed_quote(files: Files, random: Random) -> Iterator[Mutation]:
    for file, text, _, stop, _ in _forms(files):
        yield replaced(file, text, stop, stop + 1, "")


def bad_escape(files: Files, random: Random) -> Iterator[Mutation]:
    for file, text, start, _, _ in _forms(files):
        yield replaced(file, text, start, start, random.choice(("\\x", "\\ ", "\\%", "\\'")))


def misspelt_keyword(files: Files, random: Random) -> Iterator[Mutation]:
    for file, text in texts(files, "locales/", PO):
        for start, stop, word in matches(r"^(msgid_plural|msgid|msgstr)\b", text, 1):
            line = line_at(text, start)
            yield replaced(
                file, text, start, stop, misspelt(word, random, ("msgid", "msgstr", "msgctxt")), (line, line - 1)
            )


def fuzzy(files: Files, random: Random) -> Iterator[Mutation]:
    for entry in entries(files):
        at = entry.start + re.search(r"^msg", entry.written, re.MULTILINE).start()  # type: ignore[union-attr]
        yield replaced(entry.file, entry.text, at, at, "#, fuzzy\n", range(entry.lines.start, entry.lines.stop + 1))


def bad_charset(files: Files, random: Random) -> Iterator[Mutation]:
    for file, text in texts(files, "locales/", PO):
        for start, stop, _ in matches(r"charset=([\w-]+)", text, 1):
            yield replaced(file, text, start, stop, "UTF-9")
            yield replaced(file, text, start, stop, "us-ascii", range(1, text.count("\n") + 1))


def too_long(files: Files, random: Random) -> Iterator[Mutation]:
    """A translation that makes a text message be paid for too often."""
    wanted = (
        "Kairos:",
        "welcome! Your account",
        "Below 4 mm",
        "your order %(order)s is on",
        "we are sorry that we",
        "Reply STOP",
    )
    for entry in entries(files):
        if any(f'msgid "{text}' in entry.written for text in wanted):
            for _start, stop, form in matches(r'^msgstr "(.*)"$', entry.written, 1):
                at = entry.start + stop
                yield replaced(
                    entry.file,
                    entry.text,
                    at,
                    at,
                    f" {form.replace('%(', '(')}" * 20 if "%(" not in form else " und so weiter" * 30,
                    entry.lines,
                )


def stale_entry(files: Files, random: Random) -> Iterator[Mutation]:
    """A string that no template has."""
    for entry in entries(files):
        lines = (entry.lines.stop, entry.lines.stop + 1)
        added = '\nmsgid "Never said by anybody, in no template"\nmsgstr "…"\n'
        yield replaced(entry.file, entry.text, entry.stop, entry.stop, added, lines)


def grown(files: Files, random: Random) -> Iterator[Mutation]:
    """A subject, or the title of a notification, of which phones show no more than the beginning."""
    wanted = ("Monday, but with music", "Welcome to Kairos", "On its way to you", "Your Monday mix")
    for entry in entries(files):
        if any(f'msgid "{text}"' in entry.written for text in wanted):
            for _, stop, _ in matches(r'^msgstr "(.*)"$', entry.written, 1):
                more = " …" * 50
                yield replaced(entry.file, entry.text, entry.start + stop, entry.start + stop, more, entry.lines)


KINDS: tuple[Kind, ...] = (
    not_translated, lost_entry, lost_form, empty_form, lost_placeholder, misspelt_placeholder, broken_placeholder,
    lone_percent, added_markup, bad_header, misspelt_msgid, misspelt_plural, misspelt_context, repeated_entry,
    unclosed_quote, bad_escape, misspelt_keyword, fuzzy, bad_charset, too_long, stale_entry, grown,
)  # fmt: skip
