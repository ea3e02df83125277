# Copyright: (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep secrets out of everything that is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote_plus

from .menus.base import Menu
from .script import quote

HIDDEN = "********"
_TELEGRAM_TOKEN = re.compile(r"\b\d{6,}:[A-Za-z0-9_-]{30,}")
"""A bot's token as Telegram makes them; hidden even where nobody said that it is secret."""


class Mask:
    """Hides secrets in any structure of texts, however they are quoted in them."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets if secret for form in (secret, quote(secret)[1:-1], quote_plus(secret))}
        # the longest first, so that a secret that contains another leaves nothing behind
        self._forms = sorted(forms, key=len, reverse=True)

    def text(self, text: str) -> str:
        """Return *text* without the secrets."""
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        return _TELEGRAM_TOKEN.sub(HIDDEN, text)

    def __call__(self, data: Any) -> Any:
        """Return *data* (texts, mappings, lists of them) without the secrets."""
        if isinstance(data, str):
            return self.text(data)
        if isinstance(data, dict):
            return {name: self(value) for name, value in data.items()}
        if isinstance(data, (list, tuple)):
            return [self(value) for value in data]
        return data


def secret_values(menu: Menu, values: Iterable[tuple[str, str | None]]) -> list[str]:
    """Return the values of properties that are secret by their nature, such as passwords."""
    return [value for name, value in values if value and (known := menu.field(name)) is not None and known.secret]
