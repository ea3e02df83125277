# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make demo``: four factory-default routers become working sites, twice in a row, and are verified.

Starts the laboratory, runs playbooks/site.yml (one site first, then the three others, each in one transaction), runs it
again (nothing may change, nothing may be written), runs playbooks/verify.yml, locks itself out of the head office,
sends connections from a LAN of each site, lets a link of the head office die, and stops the laboratory unless KEEP is
set. Exits 0 only when all of that held. Without the laboratory's data plane (it says why in one line) the part with
packets is left out.
"""

from __future__ import annotations

import json
import os
import sys
import time

from lab_run import INVENTORY, RunError, laboratory, play, routerlab, status, wait_for, writes

LOOK_AROUND = f"""
  The laboratory stays up, configured. Look around:
    .venv/bin/routerlab status                 the routers, their ports, user and password
    .venv/bin/routerlab snapshot hq            the head office's whole configuration
    .venv/bin/routerlab flows hq LAN-Lt.1 --count 1000
    .venv/bin/routerlab isp hq ISP1 modem down ; sleep 20 ; .venv/bin/routerlab telegram
    .venv/bin/ansible-playbook -i {INVENTORY} playbooks/drift.yml
    .venv/bin/routerlab down                   stop it"""


def say(text: str = "") -> None:
    """Print at once, so that the lines keep their place among those of the programs that are run."""
    print(text, flush=True)


#: A LAN of each site, and what each link is meant to carry of its connections, in percent.
SHARES = {
    "hq": ("LAN-Lt.1", {"ISP1": 50, "ISP2": 50}),
    "bandung": ("LAN", {"ISP1": 67, "ISP2": 33}),
    "surabaya": ("LAN-Kantor", {"ISP1": 33, "ISP2": 33, "ISP3": 33}),
    "medan": ("LAN", {"ISP1": 100}),
}
CONNECTIONS = 2000
#: Five times the standard deviation of the share of so many connections, in percentage points.
TOLERANCE = 6
#: How much faster the laboratory's timers run while a link is dead, or a router cut off: nobody wants to wait for them.
SPEED = 5


def flows(site: str, count: int, *options: str) -> dict[str, int]:
    """Open connections from a LAN of a site; what each link carried, and ``failed``."""
    lan, _meant = SHARES[site]
    answer: dict[str, int] = json.loads(routerlab("flows", site, lan, "--count", str(count), *options, "--json"))
    return answer


def balance() -> None:
    """Connections from every site are spread over its links as their weights say."""
    say(f"\n  packets     {CONNECTIONS} connections from a LAN of each site to servers all over the internet")
    for site, (lan, meant) in SHARES.items():
        # A busy machine may answer late; here it matters where connections go.
        counted = flows(site, CONNECTIONS, "--timeout", "10")
        if counted["failed"]:
            raise RunError(f"{counted['failed']} connections from {site} failed")
        shares = {link: 100 * counted[link] / CONNECTIONS for link in meant}
        said = "   ".join(f"{link} {share:5.1f} %" for link, share in shares.items())
        say(f"              {site:<9} {lan:<11} {said}")
        if any(abs(share - meant[link]) > TOLERANCE for link, share in shares.items()):
            raise RunError(f"{site}'s links were to carry {meant} percent")


def fail_over() -> None:
    """A modem dies: new connections take the other link, and Telegram hears of it through that one."""
    before = len(json.loads(routerlab("telegram", "--json")))
    routerlab("clock", "--speed", str(SPEED))
    routerlab("isp", "hq", "ISP1", "modem", "down")
    say("\n  failover    hq: the modem of ISP1 dies, its cable stays")

    def told(word: str) -> dict[str, str] | None:
        messages = json.loads(routerlab("telegram", "--json"))[before:]
        return next((one for one in messages if "HQ" in one["text"] and word in one["text"]), None)

    def left_isp1() -> bool:
        counted = flows("hq", 50)
        # None by ISP1 is no proof while those that were meant for it still fail.
        return not counted["ISP1"] and not counted["failed"]

    message = wait_for("Telegram to hear of it", lambda: told("DOWN"))
    first, *rest = message["text"].splitlines()
    say(f"              Telegram, through {message['link']}:  {first}")
    for line in rest:
        say(f"              {'':<{len(message['link']) + 20}}{line}")
    wait_for("new connections to leave ISP1", left_isp1)
    after = flows("hq", 500)
    if after["failed"] or after["ISP1"]:
        raise RunError(f"with ISP1 dead, 500 connections went so: {after}")
    say("              500 new connections: all by ISP2, none failed")
    routerlab("isp", "hq", "ISP1", "modem", "up")
    wait_for("both links to carry traffic again", lambda: flows("hq", 50)["ISP1"] > 0)
    wait_for("Telegram to hear that it is back", lambda: told("UP"))
    routerlab("clock", "--speed", "1")
    say("              it comes back: both links carry connections again, Telegram knows")


def lock_out() -> None:
    """A change cuts the line by which it came: the router takes it back by itself."""
    before, written = routerlab("snapshot", "hq"), writes()["hq"]
    say("\n  lock-out    hq: a new filter rule drops the API, and with it the line that would have mended it")
    routerlab("clock", "--speed", str(SPEED))
    cut = play("scripts/lock_out.yml", {"hq"}, quiet=True)
    routerlab("clock", "--speed", "1")
    if writes()["hq"] == written:
        raise RunError("nothing was written to hq, so that nothing could be taken back")
    if routerlab("snapshot", "hq") != before:
        raise RunError("hq is not as it was before the change that locked everybody out")
    say("              nobody could come in to confirm it, so the router took it back: hq is as before")
    say(f"              in {cut.seconds:.0f} s, while the laboratory's clock ran {SPEED} times as fast")


def demonstrate(started: float) -> None:
    """Everything between start and stop of the laboratory; ``started`` is the time (Unix) at which ``make`` began."""
    lab = status()
    names = set(lab["routers"])
    versions = ", ".join(router["version"] for router in lab["routers"].values())
    say(f"  lab         {len(names)} factory-default routers, RouterOS {versions}")

    say("  site.yml    first run: what each role plans, and the commit that writes it; one site first")
    before = writes()
    first = play("playbooks/site.yml", names)
    after = writes()
    written = {name: after[name] - before[name] for name in names}
    if untouched := sorted(name for name in names if not written[name]):
        raise RunError(f"site.yml wrote nothing to {', '.join(untouched)}")
    say(f"              done in {first.seconds:.1f} s")

    again = play("playbooks/site.yml", names)
    if changed := sorted(name for name in names if again.routers[name]["changed"]):
        raise RunError(f"the second run of site.yml changed {', '.join(changed)}")
    if rewritten := sorted(name for name, count in writes().items() if count != after[name]):
        raise RunError(f"the second run of site.yml says unchanged, but wrote to {', '.join(rewritten)}")
    say(f"  site.yml    second run: nothing to change, nothing written   {again.seconds:.1f} s")

    verify = play("playbooks/verify.yml", names)
    say(f"  verify.yml  every router is, and does, what its site wants    {verify.seconds:.1f} s")

    lock_out()
    if status()["backend"] == "kernel":
        balance()
        fail_over()

    say()
    say(f"  {'router':<10} {'model':<14} {'RouterOS':<9} {'writes':>6}  {'first run':>9}  {'again':>9}  verified")
    for name, router in lab["routers"].items():
        times = (f"{run.routers[name]['seconds']:.1f} s" for run in (first, again))
        columns = "  ".join(f"{text:>9}" for text in times)
        say(f"  {name:<10} {router['model']:<14} {router['version']:<9} {written[name]:>6}  {columns}  yes")
    megabytes = status()["memory_bytes"] / 1e6
    say(f"\n  memory of the laboratory {megabytes:.0f} MB, wall time {time.time() - started:.0f} s")


def main() -> int:
    """Return the exit status."""
    started = float(os.environ.get("STARTED") or time.time())
    keep = os.environ.get("KEEP", "") not in ("", "0")
    say("\n  multiwan.routeros: from factory default to working sites\n")
    try:
        with laboratory(keep):
            demonstrate(started)
            if keep:
                say(LOOK_AROUND)
    except RunError as problem:
        say(f"\n  demo failed: {problem}{' (the laboratory stays up, if it was)' if keep else ''}")
        return 1
    say("\n  All of it held. Next, a site of your own: README.md tells how, in a few minutes.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
