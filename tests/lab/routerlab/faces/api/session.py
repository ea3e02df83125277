# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One connection: login, sentences in, replies out, commands that go on until they are cancelled."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections.abc import AsyncIterator, Awaitable
from ipaddress import ip_address, ip_network

from routerlab import faults, messages
from routerlab.faces.api.framing import FramingError, encode_sentence, read_sentence, torn
from routerlab.faults import Fault
from routerlab.menus.users import policies_of
from routerlab.messages import Trap
from routerlab.model.commands import (
    Reply,
    Request,
    begin,
    check_readable,
    chosen,
    execute,
    find_menu,
    parse_command,
    stream,
)
from routerlab.model.query import compile_query
from routerlab.model.render import render_all
from routerlab.model.router import Router
from routerlab.model.safe_mode import Caller
from routerlab.version import Version

log = logging.getLogger(__name__)

_EMPTY_SINCE = Version.parse("7.18")
#: Replies wait in memory, so that a client may send everything before it reads anything.
_OUTPUT_LIMIT = 64 * 1024 * 1024


def allowed_from(text: str, peer: str) -> bool:
    """Whether a comma list of prefixes (empty: all) contains the peer."""
    if not text:
        return True
    address = ip_address(peer)
    return any(address.version == ip_network(part).version and address in ip_network(part) for part in text.split(","))


class Session:
    """The talk with one client."""

    def __init__(
        self, router: Router, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, service: str
    ) -> None:
        self._router = router
        self._reader = reader
        self._writer = writer
        self._service = service
        peer = writer.get_extra_info("peername")
        self._peer = str(peer[0]) if peer else "127.0.0.1"
        self._user: str | None = None
        self._caller = Caller(service, hang_up=writer.transport.abort)
        self._policies: set[str] = set()
        #: Commands that go on, by tag; nothing keeps a client from using a tag twice.
        self._running: dict[str | None, list[asyncio.Task[None]]] = {}
        #: Those of them that never end by themselves.
        self._endless: set[asyncio.Task[None]] = set()
        #: After a stall nothing is sent any more; while an answer is to be torn it is held back.
        self._mute = False
        self._held: list[list[str]] | None = None

    async def run(self) -> None:
        """Serve until the client leaves or breaks the rules of the protocol."""
        self._writer.transport.set_write_buffer_limits(high=_OUTPUT_LIMIT)
        try:
            while True:
                words = await read_sentence(self._reader, self._user is None)
                # After a reset what had come in before must not be carried out any more.
                if self._writer.is_closing():
                    return
                if words and not await self._sentence(words):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        except FramingError as error:
            log.info("%s: closed a connection: %s", self._router.name, error)
        finally:
            await self._end()

    def path_turned(self, is_open: bool) -> None:
        """The line between the client and the router is silently cut now, or carries again."""
        if is_open:
            self._router.safe_mode.session_found(self._caller)
        else:
            self._router.safe_mode.session_lost(self._caller)

    async def _end(self) -> None:
        # First: nothing may keep the router from taking back what a session that ended has not released.
        self._router.safe_mode.session_ended(self._caller)
        await self._stop(self._tasks())

    @staticmethod
    async def _stop(tasks: list[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _send(self, *words: str, tag: str | None = None, attributes: dict[str, str] | None = None) -> None:
        sentence = [words[0]]
        if tag is not None:
            sentence.append(f".tag={tag}")
        sentence.extend(words[1:])
        sentence.extend(f"={name}={text}" for name, text in (attributes or {}).items())
        if self._held is not None:
            self._held.append(sentence)
        elif not self._mute:
            self._writer.write(encode_sentence(sentence))

    async def _sentence(self, words: list[str]) -> bool:
        """Answer one sentence; False ends the connection."""
        tag, request = self._take_apart(words)
        fault = self._router.faults.strike(request.writes)
        if fault is None:
            return await self._carry_out(request, tag)
        return await self._meet(fault, request, tag)

    async def _carry_out(self, request: Request, tag: str | None) -> bool:
        self._count(request)
        if not request.path and request.verb == "login":
            self._login(request, tag)
        elif self._user is None:
            self._send("!fatal", messages.NOT_LOGGED_IN)
            await self._flush()
            return False
        elif not request.path and request.verb == "quit":
            self._send("!fatal", messages.SESSION_TERMINATED, tag=tag)
            await self._flush()
            return False
        elif not request.path and request.verb == "cancel":
            await self._cancel(request, tag)
        else:
            self._command(request, tag)
        await self._writer.drain()
        # Others get their turn after every sentence: whoever listens learns of each change, not of their sum.
        await asyncio.sleep(0)
        return True

    async def _flush(self) -> None:
        # Not high=0: with that a TLS transport takes an empty buffer for a full one, and waits for ever.
        self._writer.transport.set_write_buffer_limits(high=1, low=0)
        await self._writer.drain()

    def _count(self, request: Request) -> None:
        counters = self._router.counters
        counters.sentences += 1
        if request.writes:
            counters.writes += 1

    # Faults that the lab was told to have

    async def _meet(self, fault: Fault, request: Request, tag: str | None) -> bool:
        log.info("%s: /%s/%s meets the fault %s", self._router.name, "/".join(request.path), request.verb, fault.kind)
        if fault.kind == faults.TRAP:
            self._count(request)
            self._trap(Trap(faults.MESSAGE), tag)
            await self._writer.drain()
            return True
        if fault.kind == faults.STALL:
            self._mute = True
            return await self._carry_out(request, tag)
        if fault.kind == faults.REBOOT:
            self._router.reboot()
            return False
        if fault.kind == faults.TORN or fault.done:
            self._held = []
            before = set(self._tasks())
            await self._carry_out(request, tag)
            # What takes its time answers later: the line lives until then; what goes on for ever has answered already.
            await asyncio.gather(*(set(self._tasks()) - before - self._endless), return_exceptions=True)
        if fault.kind == faults.TORN:
            await self._tear(self._held or [])
        else:
            self._reset()
        return False

    async def _tear(self, answer: list[list[str]]) -> None:
        """End the connection within a word of an answer."""
        if not self._mute:
            self._writer.write(torn(answer))
        await self._flush()
        self._writer.transport.abort()

    def _reset(self) -> None:
        """End the connection with an RST: what is on its way is lost."""
        line = self._writer.get_extra_info("socket")
        if line is not None:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def _tasks(self) -> list[asyncio.Task[None]]:
        return [task for tasks in self._running.values() for task in tasks]

    @staticmethod
    def _take_apart(words: list[str]) -> tuple[str | None, Request]:
        path, verb = parse_command(words[0])
        request = Request(path, verb)
        tag: str | None = None
        for word in words[1:]:
            if word.startswith("="):
                name, _sign, text = word[1:].partition("=")
                request.args[name] = text
            elif word.startswith("?"):
                request.queries.append(word)
            elif word.startswith(".tag="):
                tag = word[5:]
        return tag, request

    def _login(self, request: Request, tag: str | None) -> None:
        router = self._router
        name = request.args.get("name", "")
        users = router.tables["user"].same(("name",), {"name": name})
        user = next(iter(users), None)
        good = (
            user is not None
            and user.enabled
            and router.text(user, "password") == request.args.get("password", "")
            and allowed_from(router.text(user, "address"), self._peer)
        )
        if user is None or not good:
            router.write_log(
                "system,error,critical", f"login failure for user {name} from {self._peer} via {self._service}"
            )
            self._trap(Trap(messages.LOGIN_FAILED), tag)
            return
        policies = policies_of(router, user)
        if "api" not in policies:
            self._trap(Trap(messages.LOGIN_NOT_ALLOWED), tag)
            return
        self._user, self._policies = name, policies
        self._caller.user = name
        router.counters.logins += 1
        router.last_logins[user.id] = router.site.clock.now()
        router.write_log("system,info,account", f"user {name} logged in from {self._peer} via {self._service}")
        self._send("!done", tag=tag)

    def _trap(self, trap: Trap, tag: str | None) -> None:
        self._refusals(trap, tag)
        self._send("!done", tag=tag)

    def _refusals(self, trap: Trap, tag: str | None) -> None:
        for message, category in trap.parts:
            words = [] if category is None else [f"=category={category}"]
            self._send("!trap", *words, f"=message={message}", tag=tag)

    def _command(self, request: Request, tag: str | None) -> None:
        self._router.caller = self._caller
        try:
            if request.verb == "listen" or {"follow", "follow-only"} & request.args.keys():
                self._start_listening(request, tag)
                return
            rows = stream(self._router, request, self._policies)
            if rows is not None:
                self._start_working(self._stream(rows, tag), tag)
                return
            work = begin(self._router, request, self._policies, self._user or "")
            if work is not None:
                self._start_working(work, tag)
                return
            reply = execute(self._router, request, self._policies, self._user or "")
        except Trap as trap:
            self._trap(trap, tag)
        except Exception:
            # A fault of the lab's own must be seen, and must not take the other routers down.
            log.exception("%s: /%s/%s failed", self._router.name, "/".join(request.path), request.verb)
            self._trap(Trap("internal error of the lab, see its log"), tag)
        else:
            self._answer(reply, tag)

    def _answer(self, reply: Reply, tag: str | None) -> None:
        for row in reply.rows:
            self._send("!re", tag=tag, attributes=row)
        if reply.listing and not reply.rows and self._router.version >= _EMPTY_SINCE:
            self._send("!empty", tag=tag)
        self._send("!done", *([] if reply.ret is None else [f"=ret={reply.ret}"]), tag=tag)

    # Commands that go on

    def _start_working(self, work: Awaitable[None], tag: str | None) -> None:
        async def finish() -> None:
            try:
                await work
                self._answer(Reply(), tag)
            except Trap as trap:
                self._trap(trap, tag)
            except Exception:
                log.exception("%s: a command failed", self._router.name)
                self._trap(Trap("internal error of the lab, see its log"), tag)
            await self._writer.drain()

        task = asyncio.ensure_future(finish())
        self._running.setdefault(tag, []).append(task)
        task.add_done_callback(lambda _task: self._ended(tag, task))

    async def _stream(self, rows: AsyncIterator[dict[str, str]], tag: str | None) -> None:
        async for row in rows:
            self._send("!re", tag=tag, attributes=row)

    def _ended(self, tag: str | None, task: asyncio.Task[None]) -> None:
        tasks = self._running.get(tag, [])
        if task in tasks:
            tasks.remove(task)
            if not tasks:
                del self._running[tag]

    def _start_listening(self, request: Request, tag: str | None) -> None:
        router = self._router
        menu = find_menu(router, request)
        if not menu.has_verb("listen", router.version):
            raise messages.no_such_command()
        check_readable(router, menu, request, self._policies)
        passes = compile_query(request.queries)
        proplist = request.args.get(".proplist", request.args.get("proplist", ""))

        def snapshot() -> dict[str, dict[str, str]]:
            router.settle()
            router.caller = self._caller
            rows = [row for row in render_all(router, menu) if passes(row)]
            return {row.get(".id", ""): row for row in rows}

        first = snapshot()
        if "follow" in request.args:
            for row in first.values():
                self._send("!re", tag=tag, attributes=chosen(row, proplist))
        changed = asyncio.Event()

        async def follow() -> None:
            seen = first
            try:
                while True:
                    await changed.wait()
                    changed.clear()
                    now = snapshot()
                    for row_id, row in now.items():
                        if seen.get(row_id) != row:
                            self._send("!re", tag=tag, attributes=chosen(row, proplist))
                    for row_id in seen:
                        if row_id not in now:
                            self._send("!re", tag=tag, attributes={".id": row_id, ".dead": "true"})
                    seen = now
                    await self._writer.drain()
            except ConnectionError:
                return
            except Exception:
                log.exception("%s: a listen failed", router.name)

        router.watchers.append(changed.set)
        task = asyncio.ensure_future(follow())
        # Not in a finally of the coroutine: cancelled before its first step, it would never get there.
        task.add_done_callback(lambda _task: router.watchers.remove(changed.set))
        self._endless.add(task)
        task.add_done_callback(self._endless.discard)
        self._running.setdefault(tag, []).append(task)

    async def _cancel(self, request: Request, tag: str | None) -> None:
        wanted = request.args.get("tag")
        if wanted is not None and wanted not in self._running:
            self._trap(messages.no_such_item(), tag)
            return
        tags = list(self._running) if wanted is None else [wanted]
        ended: list[str | None] = []
        for running in tags:
            tasks = self._running.pop(running)
            await self._stop(tasks)
            ended += [running] * len(tasks)
        for running in ended:
            self._refusals(messages.interrupted(), running)
        self._send("!done", tag=tag)
        for running in ended:
            self._send("!done", tag=running)
