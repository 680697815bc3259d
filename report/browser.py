"""Opens a rendered report in Chromium, for tests and screenshots; needs the dev dependency playwright."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# It neither asks its maker for anything nor needs a graphics card or a sandbox of its own (containers run as root).
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium_path() -> str | None:
    """The machine's Chromium or Chrome, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A headless browser, closed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=OPTIONS)
        try:
            yield browser
        finally:
            browser.close()


def open_report(page: Page, report: Path) -> None:
    """Open a report and wait until every chart is drawn."""
    page.goto(report.resolve().as_uri())
    page.wait_for_selector("body[data-ready]", timeout=60_000)


def choose(page: Page, study: str) -> None:
    """Choose a study, as a click on it does."""
    page.locator(f"#studies input[value='{study}']").check()
    page.wait_for_timeout(300)  # charts that change their columns wait for the last of several changes
