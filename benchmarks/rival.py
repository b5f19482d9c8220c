"""What one would write by hand: one Celery task for each recipient.

Look up the profile, the opt-in and the cap; render with Jinja2 and Babel; `requests.post`; write a log row. Nothing else:
no retry, no failover, no reason for a silence. It is what the pipeline is measured against, in the same run.
"""

from __future__ import annotations

import os
import sqlite3
from datetime import date
from functools import lru_cache
from io import BytesIO
from typing import Any

import orjson
import psycopg
import redis
import requests
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal
from babel.support import Translations
from celery import Celery
from jinja2 import Environment

from benchmarks.setting import CATALOGS, EMAIL, SMS
from orchestrator.broker import broker_url

REDIS = os.environ.get("KAIROS_REDIS_URL", "redis://")
celery = Celery("rival", broker=broker_url(REDIS))
celery.conf.update(task_ignore_result=True, task_acks_late=True, worker_prefetch_multiplier=4)
DAY = 86_400


@lru_cache(1)
def database() -> Any:
    """This process's connection, with one way of writing parameters."""
    url = os.environ["RIVAL_DATABASE"]
    if url.startswith("postgresql"):
        return psycopg.connect(url, autocommit=True)
    return sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30, isolation_level=None)


def execute(statement: str, *values: object) -> Any:
    """Run a statement written with question marks."""
    if isinstance(database(), sqlite3.Connection):
        return database().execute(statement, values)
    return database().execute(statement.replace("?", "%s"), values)


@lru_cache(1)
def hot() -> redis.Redis:
    """This process's Redis."""
    return redis.Redis.from_url(REDIS)


@lru_cache(64)
def templates(locale: str) -> dict[str, Any]:
    """The templates of a locale."""
    found = Environment(extensions=["jinja2.ext.i18n"], autoescape=False)
    mail = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    for environment in (found, mail):
        environment.install_gettext_translations(_translations(locale), newstyle=True)  # type: ignore[attr-defined]
        environment.filters["money"] = lambda value: format_currency(value, "USD", locale=locale)
        environment.filters["number"] = lambda value: format_decimal(value, locale=locale)
        environment.filters["date"] = lambda value: format_date(date.fromisoformat(value), locale=locale)
    return {"sms": found.from_string(SMS), "email": mail.from_string(EMAIL)}


def _translations(locale: str) -> Translations:
    if locale not in CATALOGS:
        return Translations()
    file = BytesIO()
    write_mo(file, read_po(BytesIO(CATALOGS[locale].encode()), locale=locale))
    file.seek(0)
    return Translations(file)


def prepare(people: list[dict[str, Any]]) -> None:
    """Make the tables and fill them."""
    execute("DROP TABLE IF EXISTS rival_people")
    execute("DROP TABLE IF EXISTS rival_log")
    execute("CREATE TABLE rival_people (id TEXT PRIMARY KEY, opted_in INTEGER, profile TEXT)")
    execute("CREATE TABLE rival_log (id TEXT, channel TEXT, body TEXT, sent_at REAL)")
    for person in people:
        execute("INSERT INTO rival_people VALUES (?, 1, ?)", person["id"], orjson.dumps(person).decode())


@celery.task(name="rival.send")  # type: ignore[untyped-decorator]  # Celery's
def send(person: str, channel: str, message: str, sink: str, now: float) -> None:
    """One message to one person."""
    row = execute("SELECT opted_in, profile FROM rival_people WHERE id = ?", person).fetchone()
    if not row or not row[0]:
        return
    key = f"rival:{channel}:{person}"
    if hot().incr(key) > 10_000:
        return
    hot().expire(key, DAY)
    profile = orjson.loads(row[1])
    body = templates(profile["locale"])[channel].render(profile=profile["attributes"])
    requests.post(sink, json={"to": profile["phone"], "body": body}, headers={"x-message": message}, timeout=10)
    execute("INSERT INTO rival_log VALUES (?, ?, ?, ?)", message, channel, body, now)
