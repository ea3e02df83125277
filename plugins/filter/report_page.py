# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a company as one HTML page."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleFilterError
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ansible_collections.multiwan.routeros.plugins.module_utils.report import shares, text, topology
from ansible_collections.multiwan.routeros.plugins.module_utils.report.model import Company, Site, State
from ansible_collections.multiwan.routeros.plugins.module_utils.report.site import site_of

DOCUMENTATION = r"""
name: report_page
short_description: The report of a company as one HTML page
version_added: 0.1.0
author: multiwan.routeros contributors (@multiwan)
description:
  - Makes one page of what the routers have told, with a picture of each site. It loads nothing from anywhere.
  - Whatever comes from a router or an inventory is shown as text, whatever characters it consists of.
  - What is not known is called unknown; a router that was not read is on the page with the reason.
options:
  _input:
    description:
      - One entry for each router, with C(router), its name in the inventory; C(name), that of its site; C(host), its
        address; C(wans) and C(lans) as in C(site_wans) and C(site_lans).
      - C(balance) says whether the links are balanced, C(alerts) whether anybody is told when one dies.
      - C(facts) is what M(multiwan.routeros.facts) has returned as C(ansible_facts), empty for one that was not read.
        C(problem) says why it was not read, or not compared to the end, and C(unreachable) that it did not answer.
      - C(drift) holds the lines of P(multiwan.routeros.drift_lines#filter).
    type: list
    elements: dict
    required: true
  began:
    description: When the first router was asked, in seconds since 1970. Without it the page does not say how long it took.
    type: float
"""

EXAMPLES = r"""
# one router; playbooks/report.yml does it for all, compares them, and minds those that do not answer
- name: Read the router
  multiwan.routeros.facts:
    gather_subset:
      - interface
      - ip address
      - ip dhcp-client
      - ip route
      - tool netwatch
  register: read

- name: Write the page
  ansible.builtin.copy:
    content: "{{ [site] | multiwan.routeros.report_page }}"
    dest: "{{ playbook_dir }}/report.html"
    mode: "0640"
  delegate_to: localhost
  vars:
    site:
      router: "{{ inventory_hostname }}"
      name: "{{ site_name }}"
      host: "{{ ansible_host }}"
      wans: "{{ site_wans }}"
      lans: "{{ site_lans }}"
      balance: true
      alerts: false
      facts: "{{ read.ansible_facts }}"
      problem: this play does not compare
      unreachable: false
      drift: []
"""

RETURN = r"""
_value:
  description: The page.
  type: str
"""

_KEYS = ("router", "name", "host", "wans", "lans", "balance", "alerts", "facts", "problem", "unreachable", "drift")


#: How the page is laid out; beside the playbook, where whoever wants to change its looks will search.
TEMPLATES = Path(__file__).resolve().parents[2] / "playbooks" / "templates" / "report"


def report_page(value: Any, began: float | None = None) -> str:
    """Return the page of *value*, an entry for each router. Raises AnsibleFilterError for what is no such entry."""
    if isinstance(value, (str, Mapping)):
        raise AnsibleFilterError("report_page: expected a list with an entry for each router")
    sites = tuple(_site(at, given) for at, given in enumerate(value))
    now = datetime.now(UTC).astimezone()
    return page(Company(sites), now, None if began is None else now.timestamp() - float(began))


def _site(at: int, given: Any) -> Site:
    if not isinstance(given, Mapping):
        raise AnsibleFilterError(f"report_page: entry {at}: expected a mapping with {', '.join(_KEYS)}")
    if missing := [key for key in _KEYS if key not in given]:
        raise AnsibleFilterError(f"report_page: entry {at}: {', '.join(missing)} missing")
    return site_of(given)


def page(company: Company, now: datetime, took: float | None) -> str:
    """Return the page of a company as of *now*; *took* are the seconds that it took to ask the routers, if known."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = ((TEMPLATES / name).read_text(encoding="utf-8").strip() for name in ("page.css", "page.js"))
    return environment.get_template("page.html.j2").render(
        company=company,
        State=State,
        now=now,
        took=took,
        style=Markup(style),
        script=Markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
        topology=lambda site, name: Markup(topology.picture(site, name)),
        shares=_shares,
        drawn=lambda bars, name, title: Markup(shares.picture(bars, name, title)),
        lasting=text.lasting,
        percent=text.percent,
        size=text.size,
    )


def _shares(site: Site) -> list[tuple[str, list[shares.Bar]]]:
    """Return the charts of a site that there is something to draw for."""
    charts = [("New connections by mark", shares.connections(site)), ("Sent by the LANs, by mark", shares.sent(site))]
    return [(title, bars) for title, bars in charts if bars]


def _hash(content: str) -> str:
    """Return what the page's policy knows an inline style or script by."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


class FilterModule:
    """Ansible looks the filter up here."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"report_page": report_page}
