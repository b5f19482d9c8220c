"""What every HTML message has around its words: a document with its language and direction, and the hidden preheader."""

from __future__ import annotations

import re

from markupsafe import escape

from orchestrator.content.bidi import Direction

HIDDEN = "display:none;max-height:0;overflow:hidden;mso-hide:all"
_HTML = re.compile(r"<html\b(?P<attributes>[^>]*)>", re.IGNORECASE)
_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_HAS = {name: re.compile(rf"\b{name}\s*=", re.IGNORECASE) for name in ("lang", "dir")}


def bcp47(locale: str) -> str:
    """A catalog's folder name as HTML and HTTP write it: `pt_BR` → `pt-BR`."""
    return locale.replace("_", "-")


def document(html: str, *, title: str, preheader: str, locale: str, direction: Direction) -> str:
    """The field as a whole document; what it has already is left as it is.

    Args:
        html: the field; a fragment without `<html>` becomes the body of one.
        title: the subject, as plain text.
        preheader: what inboxes show beside the subject, as plain text; empty for none.
    """
    found = _HTML.search(html)
    hidden = f'<div style="{HIDDEN}">{escape(preheader)}</div>' if preheader else ""
    if found is None:
        head = f'<head><meta charset="utf-8"><title>{escape(title)}</title></head>'
        return f'<!doctype html><html lang="{bcp47(locale)}" dir="{direction}">{head}<body>{hidden}{html}</body></html>'
    opened = f"<html{_completed(found['attributes'], locale, direction)}>"
    whole = f"{html[: found.start()]}{opened}{html[found.end() :]}"
    if not html[: found.start()].strip():
        whole = f"<!doctype html>{whole.lstrip()}"
    return _BODY.sub(lambda body: body.group() + hidden, whole, count=1) if hidden else whole


def _completed(attributes: str, locale: str, direction: Direction) -> str:
    wanted = {"lang": bcp47(locale), "dir": direction}
    missing = [f' {name}="{value}"' for name, value in wanted.items() if not _HAS[name].search(attributes)]
    return attributes + "".join(missing)
