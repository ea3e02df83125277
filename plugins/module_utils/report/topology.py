# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of one site: the internet, each link's modem, the router, its LANs, and how the lines between them do."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from .model import Lan, Link, Site, State
from .svg import box, drawing, fitting, group, path, text, written

WIDTH = 860.0
_MODEM = 178.0, 196.0  #: where the boxes begin, and how wide they are
_ROUTER = 470.0, 130.0
_LAN = 668.0, 192.0
_CLOUD = 52.0  #: the middle of the cloud
_TALL = 62.0
_GAP = 16.0
_MARGIN = 12.0


def picture(site: Site, name: str) -> str:
    """Return the site's topology as SVG; *name* is unique on the page."""
    rows = max(len(site.links), len(site.lans), 2)
    height = rows * (_TALL + _GAP) - _GAP + 2 * _MARGIN
    root = drawing(name, WIDTH, height, f"Topology of {site.name}", describe(site))
    root.set("class", "topology")
    middle = height / 2
    modems, nets = _tops(len(site.links), height), _tops(len(site.lans), height)
    for link, top in zip(site.links, modems, strict=True):
        _lines(root, link, top + _TALL / 2, middle)
    for lan, top in zip(site.lans, nets, strict=True):
        _cable(root, lan, top + _TALL / 2, middle)
    _cloud(root, middle)
    for link, top in zip(site.links, modems, strict=True):
        _modem(root, site, link, top)
    _router(root, site, middle)
    for lan, top in zip(site.lans, nets, strict=True):
        _net(root, lan, top)
    return written(root)


def describe(site: Site) -> str:
    """Return in words what the picture shows."""
    parts = [
        f"{link.name} on {link.port}{f' ({link.comment})' if link.comment else ''}: {link.state.word}, {link.reason}"
        for link in site.links
    ]
    parts += [f"{lan.name} on {lan.port}: {lan.address}, {clients(lan)}" for lan in site.lans]
    return "; ".join(parts) or "nothing is known of this site"


def clients(lan: Lan) -> str:
    """Return how many clients a LAN has, in words."""
    if not lan.dhcp:
        return "no DHCP server here"
    if lan.clients is None:
        return "clients unknown"
    return f"{lan.clients} client{'' if lan.clients == 1 else 's'}"


def _tops(number: int, height: float) -> list[float]:
    """Return the upper edges of so many boxes, in the middle of the picture's height."""
    first = (height - number * (_TALL + _GAP) + _GAP) / 2
    return [first + at * (_TALL + _GAP) for at in range(number)]


def _bow(x: float, y: float, to_x: float, to_y: float) -> str:
    """Return a curve that leaves and arrives level."""
    half = (x + to_x) / 2
    return f"M{x:.1f} {y:.1f} C{half:.1f} {y:.1f} {half:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"


def _lines(root: Element, link: Link, y: float, middle: float) -> None:
    """Draw a link in two parts: cloud to modem, and modem to router."""
    behind = link.state.value
    near = "up" if link.state is State.DEAD else behind
    made = group(root, f"{link.name}: {link.state.word}, {link.reason}")
    path(made, _bow(_CLOUD + 34, middle, _MODEM[0], y), f"line {behind}")
    path(made, _bow(_MODEM[0] + _MODEM[1], y, _ROUTER[0], middle), f"line {near}{' main' if link.active else ''}")


def _cloud(root: Element, middle: float) -> None:
    x, y = _CLOUD, middle
    outline = (
        f"M{x - 26:.1f} {y + 16:.1f} a15 15 0 0 1 -2 -29 a20 20 0 0 1 36 -10 a16 16 0 0 1 22 12 a13.5 13.5 0 0 1 0 27 Z"
    )
    path(root, outline, "cloud")
    text(root, x, y + 4, "internet", "small", "middle")


def _modem(root: Element, site: Site, link: Link, top: float) -> None:
    x, width = _MODEM
    main = link.active and len(site.links) > 1  # what is not balanced leaves by this one
    made = group(root, f"{link.name} ({link.port}): {link.state.word}, {link.reason}", f"node {link.state.value}")
    box(made, x, top, width, _TALL, f"frame {link.state.value}")
    text(made, x + 12, top + 20, fitting(link.name, width - 24 - 18, 14), "name")
    text(made, x + width - 12, top + 20, link.state.sign, f"sign {link.state.value}", "end")
    about = f"{link.port} · {link.comment}" if link.comment else link.port
    text(made, x + 12, top + 37, fitting(about, width - 24, 11.5), "small")
    told = link.address or ("address unknown" if "ip address" in site.unread else "no address")
    by = f" {link.address_by}" if link.address else ""
    text(made, x + 12, top + 53, fitting(told + by, width - (60 if main else 24), 11.5), "small")
    if main:
        text(made, x + width - 12, top + 53, "main", "tiny", "end")


def _router(root: Element, site: Site, middle: float) -> None:
    x, width = _ROUTER
    tall = 92.0
    state = site.state.value if site.read else "unknown"
    made = group(root, f"{site.router}: {site.word}", f"node {state}")
    box(made, x, middle - tall / 2, width, tall, "frame router", 10)
    half = x + width / 2
    text(made, half, middle - 22, fitting(site.router, width - 16, 14), "name", "middle")
    about = [site.model, f"RouterOS {site.version}" if site.version else "", site.identity]
    lines = [line for line in about if line] if site.read else [site.word]
    for at, line in enumerate(lines[:3]):
        text(made, half, middle - 4 + 17 * at, fitting(line, width - 14, 11.5), "small", "middle")


def _cable(root: Element, lan: Lan, y: float, middle: float) -> None:
    state = {True: "up", False: "idle", None: "unknown"}[lan.running]
    path(root, _bow(_ROUTER[0] + _ROUTER[1], middle, _LAN[0], y), f"line lan {state}")


def _net(root: Element, lan: Lan, top: float) -> None:
    x, width = _LAN
    state = {True: "port runs", False: "nothing plugged in", None: "unknown"}[lan.running]
    kind = "unknown" if lan.running is None else "up" if lan.running else "idle"
    made = group(root, f"{lan.name} ({lan.port}): {state}, {clients(lan)}", "node")
    box(made, x, top, width - 1, _TALL, f"frame lan {kind}")
    text(made, x + 12, top + 20, fitting(lan.name, width - 24, 14), "name")
    about = f"{lan.port} · {lan.comment}" if lan.comment else lan.port
    text(made, x + 12, top + 37, fitting(about, width - 24, 11.5), "small")
    last = f"{lan.address}{' missing' if lan.present is False else ''} · {clients(lan) if lan.running else state}"
    text(made, x + 12, top + 53, fitting(last, width - 20, 11.5), "small")
