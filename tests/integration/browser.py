# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A page in headless Chromium, spoken to over its DevTools protocol through a pipe: no port, no driver, no download."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from fcntl import F_DUPFD, fcntl
from pathlib import Path
from queue import Empty, Queue
from types import TracebackType
from typing import Any, Self

#: Seconds for a browser on a busy machine to answer.
PATIENCE = 60.0
#: The page opens in the tab that the browser begins with, so that nothing happens before somebody listens.
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--remote-debugging-pipe",
)


class Browser:
    """One page in a browser of its own; use it as a context.

    ``console`` has every message of the page's console and every error, ``requests`` each address that the page asked
    for.
    """

    def __init__(self, page: Path) -> None:
        self.console: list[str] = []
        self.requests: list[str] = []
        self._page = page
        self._answers: Queue[dict[str, Any]] = Queue()
        self._news = threading.Condition()
        self._loaded: set[str] = set()
        self._number = 0
        self._tab: dict[str, str] = {}

    def __enter__(self) -> Self:
        program = shutil.which("chromium")
        if program is None:
            raise RuntimeError("chromium is missing; as root: apt-get install -y chromium (scripts/setup-env does)")
        self._profile = tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True)
        read, self._writing = _pipe()
        self._reading, write = _pipe()
        command = [program, *OPTIONS, f"--user-data-dir={self._profile.name}", "about:blank"]
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{read} 4>&{write} {read}<&- {write}>&-', "bash", *command],
            pass_fds=(read, write),
            env={**os.environ, "HOME": self._profile.name},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(read)
        os.close(write)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        try:
            self._open()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._end()

    def _open(self) -> None:
        session = self._ask("Target.attachToTarget", targetId=self._first_tab(), flatten=True)["sessionId"]
        self._tab = {"sessionId": session}
        for domain in ("Runtime", "Log", "Network", "Page"):
            self._ask(f"{domain}.enable")
        self._ask("Page.setLifecycleEventsEnabled", enabled=True)
        # The empty page that the tab began with may still be loading: what it tells is not meant.
        loader = self._ask("Page.navigate", url=self._page.as_uri())["loaderId"]
        with self._news:
            if not self._news.wait_for(lambda: loader in self._loaded, PATIENCE):
                raise TimeoutError(f"{self._page} was not loaded within {PATIENCE:g} s")

    def _first_tab(self) -> str:
        """The tab that the browser begins with; it answers before it has opened it."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for each in self._ask("Target.getTargets")["targetInfos"]:
                if each["type"] == "page":
                    return str(each["targetId"])
            time.sleep(0.02)
        raise TimeoutError(f"the browser had no tab within {PATIENCE:g} s")

    def value(self, expression: str) -> Any:
        """Return the value of a JavaScript expression in the page."""
        answer = self._ask("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise ValueError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def texts(self, selector: str) -> list[str]:
        """Return the text of each element that fits, blanks made one."""
        text = "one.textContent.replace(/\\s+/g, ' ').trim()"
        found: list[str] = self.value(f"[...document.querySelectorAll({json.dumps(selector)})].map(one => {text})")
        return found

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        asked = {"id": self._number, "method": method, "params": parameters, **self._tab}
        os.write(self._writing, json.dumps(asked).encode() + b"\0")
        try:
            answer = self._answers.get(timeout=PATIENCE)
        except Empty:
            raise TimeoutError(f"the browser did not answer {method} within {PATIENCE:g} s") from None
        if answer.get("id") != self._number or "error" in answer:
            raise RuntimeError(f"{method}: {answer.get('error', answer)}")
        result: dict[str, Any] = answer["result"]
        return result

    def _listen(self) -> None:
        """Take apart what the browser says, until it ends."""
        left = b""
        while chunk := os.read(self._reading, 65_536):
            *messages, left = (left + chunk).split(b"\0")
            for message in messages:
                self._heard(json.loads(message))

    def _heard(self, message: dict[str, Any]) -> None:
        method, told = message.get("method"), message.get("params", {})
        if method is None:
            self._answers.put(message)
        elif method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
            self.console.append(json.dumps(told))
        elif method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif method == "Page.lifecycleEvent" and told["name"] == "load":
            with self._news:
                self._loaded.add(told["loaderId"])
                self._news.notify_all()

    def _end(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._listener.join(PATIENCE)
        os.close(self._writing)
        os.close(self._reading)
        self._profile.cleanup()


def _pipe() -> tuple[int, int]:
    """Return a pipe whose ends are none of the numbers that the browser wants for itself."""
    ends = os.pipe()
    moved = tuple(fcntl(end, F_DUPFD, 10) for end in ends)
    for end in ends:
        os.close(end)
    return moved[0], moved[1]
