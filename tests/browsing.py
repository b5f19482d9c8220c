"""A real browser for tests that look at pages as people do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
PHONE, DESK = 390, 1280  # CSS pixels
LARGEST = 150_000  # bytes of a picture


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium, without a window. It is needed with the Noto fonts; without them tests fail, so that nothing goes unseen."""
    found = shutil.which("chromium")
    assert found, "There is no Chromium: apt-get install chromium fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji"
    with sync_playwright() as play, play.chromium.launch(executable_path=found, args=list(FLAGS)) as running:
        yield running
