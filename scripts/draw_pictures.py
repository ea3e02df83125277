# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw the pictures of the guides: docs/pictures/*.svg, or into the folder that is named.

Each picture is a portrait 640 units wide, so that it can be read on a telephone, brings its own background, and has
colours for a dark screen too. Colours never stand alone: what they say is written beside them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from html import escape
from pathlib import Path

WIDTH = 640
#: class -> (fill and stroke on a light screen, the same on a dark one)
STYLE = """
  .ground{fill:#ffffff}.t{fill:#1b2733;font:15px system-ui,sans-serif}.s{font-size:13px;fill:#4a5866}
  .m{font:13px ui-monospace,Menlo,Consolas,monospace}.b{font-weight:600}.c{text-anchor:middle}.e{text-anchor:end}
  .box{fill:#f2f5f8;stroke:#8796a5;stroke-width:1.5}.l{fill:none;stroke:#5a6977;stroke-width:2}
  .one{fill:#e3effd;stroke:#1a66c2}.two{fill:#fdeee0;stroke:#b8560b}.good{fill:#e4f5e8;stroke:#23803c}
  .bad{fill:#fde7e7;stroke:#c22f2f}.l1{stroke:#1a66c2}.l2{stroke:#b8560b}.lg{stroke:#23803c}.lb{stroke:#c22f2f}
  .dash{stroke-dasharray:5 5}.h{fill:#5a6977}.h1{fill:#1a66c2}.h2{fill:#b8560b}.hg{fill:#23803c}.hb{fill:#c22f2f}
  .tb{fill:#a32020}.tg{fill:#1b6a31}
  @media (prefers-color-scheme:dark){
  .ground{fill:#141a21}.t{fill:#e6ebf0}.s{fill:#aab6c2}.box{fill:#212a34;stroke:#6f7f8e}.l{stroke:#94a3b1}
  .one{fill:#122c4d;stroke:#62a5f5}.two{fill:#43270f;stroke:#f0985a}.good{fill:#12351d;stroke:#54bd71}
  .bad{fill:#471a1a;stroke:#f27979}.l1{stroke:#62a5f5}.l2{stroke:#f0985a}.lg{stroke:#54bd71}.lb{stroke:#f27979}
  .h{fill:#94a3b1}.h1{fill:#62a5f5}.h2{fill:#f0985a}.hg{fill:#54bd71}.hb{fill:#f27979}
  .tb{fill:#ff9c9c}.tg{fill:#7fdb98}}
"""
#: an arrow's kind -> class of its head
HEADS = {"": "h", "l1": "h1", "l2": "h2", "lg": "hg", "lb": "hb"}


class Picture:
    """An SVG that grows; coordinates are units from its upper left corner."""

    def __init__(self, title: str, about: str, height: int) -> None:
        self._title, self._about, self._height = title, about, height
        self._parts: list[str] = []

    def text(self, x: float, y: float, words: str, kind: str = "") -> None:
        """One line with its base at *y*; *kind* are further classes, such as ``s`` (small) or ``c`` (centred)."""
        self._parts.append(f'<text class="t {kind}" x="{x:g}" y="{y:g}">{escape(words)}</text>')

    def box(self, x: float, y: float, wide: float, high: float, lines: list[str], kind: str = "") -> None:
        """A box around lines, the first one strong; ``~`` before a line makes it small, ``>`` a command's."""
        self._parts.append(f'<rect class="box {kind}" x="{x:g}" y="{y:g}" width="{wide:g}" height="{high:g}" rx="7"/>')
        top = y + high / 2 - 19 * (len(lines) - 1) / 2 + 5
        for number, line in enumerate(lines):
            shape = {"~": "s", ">": "m"}.get(line[:1], "b" if number == 0 else "")
            self.text(x + wide / 2, top + 19 * number, line.lstrip("~>"), f"c {shape}")

    def arrow(self, points: list[tuple[float, float]], kind: str = "", dash: bool = False, head: bool = True) -> None:
        """A line through *points* with a head at its end."""
        (x0, y0), (x1, y1) = points[-2:]
        length = max(abs(x1 - x0), abs(y1 - y0)) or 1
        dx, dy = (x1 - x0) / length, (y1 - y0) / length
        ends = [*points[:-1], (x1 - 7 * dx, y1 - 7 * dy)] if head else points
        path = " ".join(f"{x:g},{y:g}" for x, y in ends)
        self._parts.append(f'<polyline class="l {kind}{" dash" if dash else ""}" points="{path}"/>')
        if head:
            tip = f"{x1:g},{y1:g}"
            base = [(x1 - 10 * dx - 5 * dy, y1 - 10 * dy + 5 * dx), (x1 - 10 * dx + 5 * dy, y1 - 10 * dy - 5 * dx)]
            corners = " ".join(f"{x:g},{y:g}" for x, y in base)
            self._parts.append(f'<polygon class="{HEADS[kind]}" points="{tip} {corners}"/>')

    def cross(self, x: float, y: float) -> None:
        """A part that is dead."""
        for dx in (-9, 9):
            self._parts.append(
                f'<line class="l lb" stroke-width="4" x1="{x - dx:g}" y1="{y - 9:g}" x2="{x + dx:g}" y2="{y + 9:g}"/>'
            )

    def svg(self) -> str:
        """The whole text."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self._height}" role="img" '
            f'aria-labelledby="title about">\n<title id="title">{escape(self._title)}</title>\n'
            f'<desc id="about">{escape(self._about)}</desc>\n<style>{STYLE}</style>\n'
            f'<rect class="ground" width="{WIDTH}" height="{self._height}" rx="10"/>\n'
            + "\n".join(self._parts)
            + "\n</svg>\n"
        )


def packet() -> Picture:
    """From a LAN to a link: marks, tables, masquerading."""
    p = Picture(
        "The way of a connection",
        "A packet from a LAN passes the bypass rules, then its connection gets a mark by PCC once, the mark chooses a "
        "routing table, the table's default route a link, and masquerading the link's address.",
        880,
    )
    p.box(170, 20, 300, 46, ["a packet enters from a LAN", "~in-interface=LAN"])
    p.arrow([(320, 66), (320, 92)])
    p.box(90, 92, 460, 66, ["bypass", "is it for a LAN, an ISP's own network,", "or a network in site_bypass?"])
    p.arrow([(550, 125), (600, 125), (600, 560)], dash=True)
    p.text(592, 184, "yes: no mark", "s e")
    p.arrow([(320, 158), (320, 200)])
    p.text(330, 184, "no", "s")
    p.box(
        90,
        200,
        460,
        66,
        [
            "PCC, at a connection's first packet only",
            "hash of addresses and ports, divided by 3;",
            "the remainder is the bucket",
        ],
    )
    p.arrow([(180, 266), (180, 320)], "l1")
    p.text(190, 298, "3/0, 3/1", "m")
    p.arrow([(460, 266), (460, 320)], "l2")
    p.text(450, 298, "3/2", "m e")
    p.box(60, 320, 240, 66, ["mark-connection", ">ISP1", "~weight 2: two of three"], "one")
    p.box(340, 320, 240, 66, ["mark-connection", ">ISP2", "~weight 1: one of three"], "two")
    p.text(320, 412, "every later packet of the connection finds its mark and starts here", "s c")
    p.arrow([(180, 386), (180, 396)], "l1", head=False)
    p.arrow([(460, 386), (460, 396)], "l2", head=False)
    p.arrow([(180, 420), (180, 452)], "l1")
    p.arrow([(460, 420), (460, 452)], "l2")
    p.box(60, 452, 240, 48, ["mark-routing", ">to-ISP1"], "one")
    p.box(340, 452, 240, 48, ["mark-routing", ">to-ISP2"], "two")
    p.arrow([(115, 500), (115, 560)], "l1")
    p.arrow([(420, 500), (420, 530), (320, 530), (320, 560)], "l2")
    p.box(20, 560, 190, 92, ["table to-ISP1", ">0.0.0.0/0", ">via 192.168.61.1", "~check-gateway=ping"], "one")
    p.box(225, 560, 190, 92, ["table to-ISP2", ">0.0.0.0/0", ">via 192.168.62.1", "~check-gateway=ping"], "two")
    p.box(430, 560, 190, 92, ["table main", "~what is near: LANs, VPNs", "~distance 1: ISP1", "~distance 2: ISP2"])
    p.text(217, 676, "a table whose route is not active is passed over: main decides", "s c")
    p.arrow([(115, 652), (115, 662)], "l1", head=False)
    p.arrow([(320, 652), (320, 662)], "l2", head=False)
    p.arrow([(115, 686), (115, 724)], "l1")
    p.arrow([(320, 686), (320, 724)], "l2")
    p.arrow([(525, 652), (525, 724)], dash=True)
    p.box(20, 724, 190, 48, ["masquerade", "~out-interface=ISP1"], "one")
    p.box(225, 724, 190, 48, ["masquerade", "~out-interface=ISP2"], "two")
    p.box(430, 724, 190, 48, ["LAN, VPN", "~or a link: masquerade"])
    p.arrow([(115, 772), (115, 806)], "l1")
    p.arrow([(320, 772), (320, 806)], "l2")
    p.box(20, 806, 190, 50, ["link ISP1", "~a modem, 100 Mbit/s"], "one")
    p.box(225, 806, 190, 50, ["link ISP2", "~a modem, 50 Mbit/s"], "two")
    return p


def inbound() -> Picture:
    """What enters by a link is answered through it."""
    p = Picture(
        "A connection from outside",
        "A connection that enters by ISP2 gets the mark ISP2; the answers of a server in the LAN, or of the router, "
        "find the mark and leave by ISP2 again.",
        330,
    )
    p.box(20, 30, 170, 50, ["somebody outside", "~203.0.113.80"])
    p.box(235, 20, 170, 70, ["enters by ISP2", ">connection-mark", ">=no-mark -> ISP2"], "two")
    p.box(450, 30, 170, 50, ["a server in a LAN", "~172.20.10.9"])
    p.arrow([(190, 55), (235, 55)], "l2")
    p.arrow([(405, 55), (450, 55)], "l2")
    p.arrow([(535, 80), (535, 190)], "l2")
    p.text(525, 140, "its answer", "s e")
    p.box(425, 190, 195, 70, ["the mark is there", "~so PCC passes it over", ">mark-routing to-ISP2"], "two")
    p.arrow([(425, 225), (385, 225)], "l2")
    p.box(215, 190, 170, 70, ["table to-ISP2", ">0.0.0.0/0", ">via 192.168.62.1"], "two")
    p.arrow([(215, 225), (170, 225)], "l2")
    p.box(20, 190, 150, 70, ["leaves by ISP2", "~the address that", "~was asked"], "two")
    p.arrow([(95, 190), (95, 80)], "l2")
    p.text(320, 296, "The router's own answers go the same way, by the rules of chain=output;", "s c")
    p.text(320, 315, "those to a LAN do not: the rules match out-interface-list=multiwan-wan.", "s c")
    return p


def _links(p: Picture, top: float, dead: str) -> None:
    """Router, two modems, their lines and the internet; *dead* is ``modem``, ``line`` or nothing."""
    p.box(20, top + 30, 110, 84, ["router", "~marks, tables"])
    for number, (kind, box, offset) in enumerate((("l1", "one", 0), ("l2", "two", 84)), 1):
        hit = dead if number == 1 else ""
        y = top + 30 + offset
        p.arrow([(130, y), (205, y)], kind, head=False)
        p.box(
            205,
            y - 24,
            130,
            48,
            [f"modem {number}", "~silent" if hit == "modem" else f"~gateway of ISP{number}"],
            "bad" if hit == "modem" else box,
        )
        p.arrow([(335, y), (520, y)], kind, dash=hit == "line", head=False)
        p.text(427, y - 8, f"line of ISP{number}", "s c")
        if hit == "modem":
            p.cross(168, y)
        if hit == "line":
            p.cross(485, y)
    p.box(520, top + 6, 100, 132, ["internet"])


def failover() -> Picture:
    """Both links, a dead modem, a dead line."""
    p = Picture(
        "Two links and what happens when one dies",
        "With both links alive both tables have an active route. With a dead modem the gateway misses two probes, its "
        "routes become inactive within 21 seconds and marked connections go by main over ISP2. With a dead line behind "
        "a living modem the routes stay active and that link's share of new connections fails.",
        800,
    )
    p.text(20, 32, "Both links are alive", "b")
    _links(p, 44, "")
    p.text(20, 212, "Every 10 s the router pings each gateway (check-gateway=ping). Both answer:", "s")
    p.text(20, 232, "to-ISP1 via modem 1, to-ISP2 via modem 2, main via modem 1 (distance 1).", "s")
    p.arrow([(20, 254), (620, 254)], head=False)
    p.text(20, 284, "Modem 1 is dead", "b")
    _links(p, 296, "modem")
    p.text(20, 464, "Two probes are missed, each is waited for 1 s: after 21 s at most the routes by", "s")
    p.text(20, 484, "modem 1 are inactive. Marks stay as they are: what has the mark ISP1 finds no", "s")
    p.text(20, 504, "route in to-ISP1, so main decides, and main now leads by ISP2.", "s")
    p.text(20, 524, "New connections work, netwatch sends the message by ISP2.", "s tg b")
    p.arrow([(20, 546), (620, 546)], head=False)
    p.text(20, 576, "The line behind modem 1 is dead", "b")
    _links(p, 588, "line")
    p.text(20, 752, "Modem 1 answers, so its routes stay active.", "s")
    p.text(20, 774, "No failover: the share of new connections with the mark ISP1 fails.", "s tb b")
    return p


def canary() -> Picture:
    """A watched host beyond the modem, pinned to its link."""
    p = Picture(
        "A canary",
        "A host beyond the modem is pinned to its link by a host route and a blackhole behind it, so that netwatch "
        "notices a dead line behind a living modem; routes do not.",
        400,
    )
    p.box(20, 40, 150, 66, ["netwatch", "~pings 9.9.9.9", "~every 10 s"])
    p.arrow([(170, 73), (215, 73)], "l2")
    p.box(215, 28, 260, 90, ["9.9.9.9/32", ">via 192.168.62.1", "~distance 1, no check-gateway"], "two")
    p.arrow([(475, 73), (520, 73)], "l2")
    p.box(520, 40, 100, 66, ["modem 2", "~and its line"], "two")
    p.arrow([(345, 118), (345, 170)], "lb", dash=True)
    p.text(355, 149, "is that route gone ...", "s")
    p.box(215, 170, 260, 66, ["9.9.9.9/32", ">blackhole", "~distance 254"], "bad")
    p.arrow([(215, 203), (170, 203)], "lb", dash=True)
    p.box(20, 170, 150, 66, ["no answer", "~not by ISP1, which", "~would say: alive"], "bad")
    p.text(20, 278, "Modem 2 dies: gateway and canary are silent. Failover and a message.", "s")
    p.text(20, 302, "The line behind modem 2 dies: only the canary is silent. A message, no failover;", "s")
    p.text(20, 322, "behind modem 1, by which main leads, not even that: the message would leave by it.", "s")
    p.text(20, 356, "The canary is for the watch alone, the router reaches that host by that link only.", "s")
    p.text(20, 376, "Take one that nobody needs.", "s")
    return p


def transaction() -> Picture:
    """The time line of a commit."""
    p = Picture(
        "A transaction in time",
        "The controller reads and plans, arms a job on the router, writes, logs in anew, verifies and confirms by "
        "removing the job. Without the confirmation the job takes everything back.",
        900,
    )
    p.box(40, 20, 200, 40, ["controller"])
    p.box(400, 20, 200, 40, ["router"])
    p.arrow([(140, 60), (140, 660)], dash=True, head=False)
    p.arrow([(500, 60), (500, 660)], dash=True, head=False)

    def said(y: float, words: str, back: bool = False, kind: str = "") -> None:
        p.arrow([(500, y), (140, y)] if back else [(140, y), (500, y)], kind)
        p.text(320, y - 7, words, "s c")

    said(100, "begin: one login, all menus are read")
    p.box(40, 118, 200, 62, ["tasks plan", "~against what was read;", "~nothing goes over the line"])
    said(214, "commit: has somebody changed these rows?")
    said(252, "the way back, as a job that looks each second", kind="l2")
    p.box(400, 264, 220, 66, ["a job of the scheduler", ">multiwan-undo-5d0c0c4e", "~has run once: it works"], "two")
    said(350, "armed", back=True, kind="l2")
    said(388, "additions and changes; then removals", kind="l1")
    p.box(400, 402, 220, 44, ["the new configuration", "~is in force"], "one")
    said(478, "a NEW connection and login", kind="l1")
    said(512, "it answers", back=True, kind="l1")
    said(546, "what must hold: rows, pings (site_confirm)", kind="l1")
    said(590, "confirm: the job is removed", kind="lg")
    p.box(400, 604, 220, 44, ["for good", "~outcome: confirmed"], "good")

    p.text(20, 692, "And where no confirmation comes:", "b")
    p.text(20, 712, "a refused row, a cut line, a killed controller, a proof that fails", "s")
    p.box(20, 730, 180, 62, ["60 s are over", "~or the router has", "~rebooted"], "bad")
    p.arrow([(200, 761), (230, 761)], "lb")
    p.box(230, 730, 180, 62, ["the job claims", "~it renames itself to", "~multiwan-undoing-..."], "bad")
    p.arrow([(410, 761), (440, 761)], "lb")
    p.box(440, 730, 180, 62, ["takes it back", "~in the reverse order,", "~and removes itself"], "bad")
    p.text(20, 826, "Removing the job and renaming it are one command each, so one of the two wins:", "s")
    p.text(20, 846, "a change is confirmed or it is taken back, never both. The controller waits, looks,", "s")
    p.text(20, 866, "and tells what it saw: undone, or unknown where nobody could look.", "s")
    return p


def laboratory() -> Picture:
    """What stands where in the lab."""
    p = Picture(
        "How the laboratory stands in for routers",
        "Ansible reaches the laboratory's process on 127.0.0.1 over RouterOS's API. It holds each router's model; "
        "an agent in network namespaces of its own carries the packets of routers, modems, clients and an internet.",
        640,
    )
    p.box(20, 20, 600, 48, ["ansible-playbook, the collection", "~as it would talk to a router at a branch"])
    p.arrow([(320, 68), (320, 104)], "l1")
    p.text(330, 92, "RouterOS API and API-SSL, on 127.0.0.1 only", "s")
    p.box(20, 104, 600, 150, [], "one")
    p.text(36, 130, "routerlab: one process", "b")
    for number, name in enumerate(("hq  7.22.3", "bandung  7.12.2", "surabaya  7.24", "medan  7.18.2")):
        p.box(36 + 144 * number, 144, 136, 48, [name, "~menus, rows"])
    p.text(36, 218, "RouterOS decides here: which row is refused, which route is active,", "s")
    p.text(36, 238, "what a script does; by version and model.", "s")
    p.arrow([(200, 254), (200, 300)], "l2")
    p.text(210, 282, "addresses, routes, rules", "s")
    p.arrow([(440, 300), (440, 254)], "l2")
    p.text(450, 282, "counters, leases", "s")
    p.box(20, 300, 600, 250, [], "two")
    p.text(36, 326, "an agent in network namespaces of its own, without root", "b")
    p.box(36, 372, 110, 60, ["client", "~of a LAN"])
    p.arrow([(146, 402), (196, 402)], head=False)
    p.box(196, 372, 120, 60, ["router", "~the Linux kernel"])
    p.arrow([(316, 388), (356, 366), (372, 366)], head=False)
    p.arrow([(316, 416), (356, 438), (372, 438)], head=False)
    p.box(372, 342, 96, 48, ["modem 1"])
    p.box(372, 414, 96, 48, ["modem 2"])
    p.arrow([(468, 366), (484, 366), (500, 386)], head=False)
    p.arrow([(468, 438), (484, 438), (500, 418)], head=False)
    p.box(500, 366, 108, 72, ["internet", "~servers, DNS,", "~Telegram"])
    p.text(36, 494, "Packets are real: DHCP, NAT, marks, PCC, routes and counters are the kernel's.", "s")
    p.text(36, 514, "A modem, its line, a cable and a lease can die, one by one.", "s")
    p.text(36, 534, "No cable leads from here to the machine's own network.", "s")
    p.text(20, 584, "A real router has all of it in one box. What only that box can show (which bucket", "s")
    p.text(20, 604, "RouterOS gives a connection, FastTrack, throughput) the laboratory cannot.", "s")
    return p


PICTURES: dict[str, Callable[[], Picture]] = {
    "packet": packet,
    "inbound": inbound,
    "failover": failover,
    "canary": canary,
    "transaction": transaction,
    "lab": laboratory,
}


def main(folder: Path) -> None:
    """Write every picture into *folder*."""
    for name, draw in PICTURES.items():
        (folder / f"{name}.svg").write_text(draw().svg(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parents[1] / "docs/pictures")
