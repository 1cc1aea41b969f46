"""A page that was opened, with all that it said, asked for and tried meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Locator, Page, Request

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
DESKTOP, PHONE = 1280, 390
"""Widths in CSS pixels."""

PATIENCE_MS = 60_000
"""What is not there by then does not come."""


@dataclass
class Visit:
    """One page in a window of its own.

    Attributes:
        messages: what stands in the console, uncaught errors among it.
        requests: addresses of all that was loaded, the page first.
        dialogs: what was asked in windows that interrupt.
    """

    page: Page
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def hear(self) -> None:
        """Note everything from now on."""
        self.page.on("console", self._message)
        self.page.on("pageerror", lambda error: self.messages.append(f"uncaught: {error}"))
        self.page.on("request", self._request)
        self.page.on("dialog", self._dialog)

    def _message(self, message: ConsoleMessage) -> None:
        self.messages.append(f"{message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        self.requests.append(request.url)

    def _dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def rows(self, table: str, shown: bool = True) -> list[list[str]]:
        """Cells of the rows that stand for an arm or a trial in a table, in their order; hidden ones where asked."""
        script = """([name, shown]) => [...document.querySelectorAll(`#table-${name} tr[data-k]`)]
            .filter(row => !shown || row.getClientRects().length > 0)
            .map(row => [...row.cells].map(cell => cell.textContent.trim()))"""
        found: list[list[str]] = self.page.evaluate(script, [table, shown])
        return found

    def trials(self) -> list[str]:
        """Ids of the trials whose rows are shown, in their order."""
        script = """() => [...document.querySelectorAll("#table-trials tr[data-k]:not([hidden]) th a")]
            .map(link => link.textContent)"""
        found: list[str] = self.page.evaluate(script)
        return found

    def heading(self, table: str, label: str) -> Locator:
        """The button in the heading of a column, scrolled to: a long table is laid out where it is looked at."""
        self.page.locator(f"#table-{table}").evaluate("table => table.closest('.scroll').scrollIntoView()")
        return self.page.locator(f"#table-{table} thead").get_by_role("button", name=label, exact=True)

    def scroll_through(self) -> None:
        """Past every picture, as a reader does, until all that can come to life have: a slow machine sees some late."""
        self.page.evaluate(
            """async patience => {
                const end = Date.now() + patience;
                const asleep = () => document.querySelector("figure[data-chart]:not([data-live]), .live[hidden]");
                do {
                    for (const picture of document.querySelectorAll("figure[data-chart], #explorer")) {
                        picture.scrollIntoView();
                        await new Promise(done => setTimeout(done, 30));
                    }
                } while (asleep() && Date.now() < end);
                if (asleep()) throw new Error(`not alive: ${asleep().outerHTML.slice(0, 200)}`);
            }""",
            PATIENCE_MS,
        )


@contextmanager
def visiting(
    browser: Browser, file: Path, fragment: str = "", scheme: Scheme = "light", width: int = DESKTOP, **context: Any
) -> Iterator[Visit]:
    """The file opened from disk.

    Args:
        fragment: what follows `#` in the address.
        context: further settings of the window, such as `java_script_enabled`.
    """
    window = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **context)
    window.set_default_timeout(PATIENCE_MS)
    try:
        visit = Visit(window.new_page())
        visit.hear()
        visit.page.goto(file.as_uri() + (f"#{fragment}" if fragment else ""))
        yield visit
    finally:
        window.close()
