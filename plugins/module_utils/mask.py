# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep secrets out of everything that is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote as percent_encoded
from urllib.parse import quote_plus

from .menus.base import HIDDEN, Menu
from .rows import Row
from .script import quote

_TELEGRAM_TOKEN = re.compile(r"(?<!\d)\d{6,}:[A-Za-z0-9_-]{30,}")
"""A bot's token as Telegram makes them; hidden even where nobody said that it is secret."""


class Mask:
    """Hides secrets in any structure of texts, however they are quoted in them."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: list[str] = []
        self.hide(secrets)

    def hide(self, secrets: Iterable[str]) -> None:
        """Hide more secrets from now on."""
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        # the longest first, so that a secret that contains another leaves nothing behind
        self._forms = sorted(forms.union(self._forms), key=len, reverse=True)

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


def _forms(secret: str) -> set[str]:
    """Return the ways in which a secret may stand in a text: as it is, in a script, in a script that is quoted, in a URL."""
    once = quote(secret)[1:-1]
    return {secret, once, quote(once)[1:-1], quote_plus(secret), percent_encoded(secret, safe="")}


def secret_values(menu: Menu, values: Iterable[tuple[str, str | None]]) -> list[str]:
    """Return the values of properties that are secret by their nature, such as passwords."""
    return [value for name, value in values if value and (known := menu.field(name)) is not None and known.secret]


def visible(menu: Menu, row: Row) -> dict[str, str]:
    """Return a row's values, without those that are secret by their nature."""
    return {n: HIDDEN if (f := menu.field(n)) is not None and f.secret else v for n, v in row.values.items()}
