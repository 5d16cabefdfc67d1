"""Debian's Chromium for tests of pages: the session's one browser, and a tab that tells what a page did."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@dataclass
class Tab:
    """One page in the browser, what it said on the console and what it asked the network for."""

    page: "Page"
    context: "BrowserContext"
    folder: Path
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def show(self, html: str, name: str = "page.html", fragment: str = "") -> "Page":
        """Write the page to disk, as a harvest does, and open it from there."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(html, encoding="utf-8")
        self.page.goto("about:blank")
        self.page.goto(path.as_uri() + fragment)
        return self.page

    def assert_quiet(self) -> None:
        """Nothing on the console, no exception, no request, no dialog."""
        assert self.said == []
        assert self.asked == []


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """The session's browser; tests skip where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield found
        found.close()


@pytest.fixture
def tab(browser: "Browser", tmp_path: Path) -> Iterator[Tab]:
    """A new tab of 1280 x 900 in light colours."""
    yield from open_tab(browser, tmp_path)


def open_tab(browser: "Browser", folder: Path, **context: object) -> Iterator[Tab]:
    """A tab whose every request but for local files is refused and remembered."""
    settings = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light", **context}
    opened = browser.new_context(**settings)
    opened.set_default_timeout(20_000)
    tab = Tab(opened.new_page(), opened, folder)

    def refuse(route: "Route") -> None:
        tab.asked.append(route.request.url)
        route.abort()

    opened.route(lambda url: not url.startswith(("file:", "about:", "data:")), refuse)
    tab.page.on("console", lambda message: tab.said.append(message.text))
    tab.page.on("pageerror", lambda error: tab.said.append(str(error)))

    def dismiss(dialog: object) -> None:
        tab.said.append("dialog")
        dialog.dismiss()  # type: ignore[attr-defined]

    tab.page.on("dialog", dismiss)
    yield tab
    opened.close()
