# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one action plugin: every module of the collection runs here, inside the controller's own process.

meta/runtime.yml routes each module to it. It takes the connection from the inventory, the options from the task, hands
both to the core, and puts what comes back into the words of Ansible.
"""

from __future__ import annotations

import time
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

from ansible_collections.multiwan.routeros.plugins.module_utils import argspec, present
from ansible_collections.multiwan.routeros.plugins.module_utils.engine import gather, gathered, prepare, render, run
from ansible_collections.multiwan.routeros.plugins.module_utils.errors import (
    ConnectionFailed,
    InvalidEntry,
    RouterOSError,
)
from ansible_collections.multiwan.routeros.plugins.module_utils.inspection import look, read_facts
from ansible_collections.multiwan.routeros.plugins.module_utils.kept import REQUIRED, Kept
from ansible_collections.multiwan.routeros.plugins.module_utils.mask import Mask
from ansible_collections.multiwan.routeros.plugins.module_utils.menus import find_menu
from ansible_collections.multiwan.routeros.plugins.module_utils.request import Request
from ansible_collections.multiwan.routeros.plugins.module_utils.session import Session, Target
from ansible_collections.multiwan.routeros.plugins.module_utils.steps import Steps
from ansible_collections.multiwan.routeros.plugins.module_utils.transaction import (
    Surroundings,
    abort,
    begin,
    commit,
    commit_options,
    status,
)
from ansible_collections.multiwan.routeros.plugins.module_utils.version import dotted

Result = dict[str, Any]

FORESEEN = "routeros_foreseen"
"""The fact by which a task in check mode tells the next one what names there would be."""


class ActionModule(ActionBase):
    """Runs any module of the collection."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> Result:
        """Return the module's result; what goes wrong becomes one message, without a traceback."""
        result: Result = super().run(tmp, task_vars)
        variables = task_vars or {}
        module = self._task.action.rpartition(".")[2]
        spec = argspec.options_for(module)
        checked = ArgumentSpecValidator(
            spec["argument_spec"],
            **{
                name: value
                for name, value in spec.items()
                if name in ("mutually_exclusive", "required_if", "required_one_of")
            },
        ).validate(self._task.args)
        if checked.error_messages:
            return result | {"failed": True, "msg": f"{self._router(variables)}: {'; '.join(checked.error_messages)}"}
        options = checked.validated_parameters
        mask = Mask(options.get("secrets") or [])
        try:
            return result | self._dispatch(module, options, variables, mask)
        except ConnectionFailed as error:
            # max_fail_percentage does not count what is unreachable, and a rollout must end with it
            how = "failed" if module == "transaction" else "unreachable"
            return result | {how: True, "msg": mask.text(str(error))}
        except RouterOSError as error:
            return result | {"failed": True, "msg": mask.text(str(error))}

    def _dispatch(self, module: str, options: Result, variables: Result, mask: Mask) -> Result:
        router = self._router(variables)
        if self._task.delegate_to not in (None, router):
            raise InvalidEntry(
                f"{router}: delegate_to is of no use here: a task acts on the router that the inventory says; run it on that host"
            )
        if module == "facts":
            with Session(self._target(router, variables)) as session:
                return {"changed": False, "ansible_facts": read_facts(router, session, options["gather_subset"] or [])}
        if module == "verify":
            began = time.monotonic()
            self._steps(router).tell("waiting until all is as it should be", options["timeout"])
            with Session(self._target(router, variables)) as session:
                unmet = look(router, session, options, options["timeout"])
            told = {"changed": False, "unmet": mask(unmet), "elapsed": round(time.monotonic() - began, 1)}
            return told | {"failed": True, "msg": mask.text("\n".join(unmet))} if unmet else told
        if module == "transaction":
            return self._transact(options, router, variables, mask)
        return self._configure(module, options, router, variables, mask)

    def _configure(self, module: str, options: Result, router: str, variables: Result, mask: Mask) -> Result:
        path = argspec.menu_of(module)
        state = options["state"]
        scope = options["scope"]
        if scope is not None and not scope.strip():
            raise InvalidEntry(
                f"{router}: scope is empty, and everything bears an empty tag; give the tag that our rows have, or leave it out"
            )
        if path is None:
            menus = options["menus"]
        elif options["config"] is None and state == "deleted" and not scope:
            raise InvalidEntry(
                f"{router}: {path}: config is missing; give the rows to delete, [] for all of them, or a scope"
            )
        else:
            menus = {path: [] if options["config"] is None else options["config"]}
        target = None if state == "rendered" else self._target(router, variables)
        login = target.user if target else ""
        wanted = prepare(menus, Request(router, state, scope or "", options["adopt"], login), mask)
        if target is None:
            return {"changed": False, "rendered": mask.text(render(wanted))}

        def connect() -> Session:
            return Session(target)

        shown = present.Shown(mask, None if path is None else find_menu(path))
        check = bool(self._task.check_mode)
        kept = self._kept(router)
        if (candidate := kept.planning) is not None:
            if state == "gathered":
                return shown.gathered(gathered(wanted, candidate.reading()))
            planned = candidate.ask(menus, wanted.request, mask, options["secrets"] or [])
            kept.save(candidate)
            return shown.changed(router, planned, check=True, diff=bool(self._task.diff))
        if state == "gathered":
            return shown.gathered(gather(wanted, connect))
        if not check:
            kept.check_alone(self._templar.template(variables.get(REQUIRED)))
        done = run(wanted, connect, check, self._foreseen(variables) if check else None)
        told = shown.changed(router, done, check, diff=bool(self._task.diff))
        return told | {"ansible_facts": {FORESEEN: {"run": self._run, **done.names.told()}}} if check else told

    def _transact(self, options: Result, router: str, variables: Result, mask: Mask) -> Result:
        """Begin, commit or abort, or tell how things stand."""
        target = self._target(router, variables)
        world = Surroundings(lambda: Session(target), tell=self._steps(router).tell)
        state = options["state"]
        if state == "status":
            told: Result = mask(status(router, target.user, world))
            return told
        kept = self._kept(router)
        if state == "begin":
            kept.check_begin()
            menus = argspec.transaction_menus(router, options["menus"])
            candidate, warnings = begin(router, target.user, menus, world)
            kept.save(candidate)
            begun: Result = {"changed": False, "routeros_version": dotted(candidate.version)}
            return begun | {"warnings": warnings} if warnings else begun
        if state == "abort" and (kept.candidate is None or kept.candidate.ended):
            kept.drop()
            return {"changed": False, "outcome": "unchanged", "written": False}
        candidate = kept.to_commit()
        if candidate.job and self._task.check_mode:
            return {"changed": False, "outcome": "open", "written": False}
        mask.hide(candidate.secrets)
        if state == "abort":
            outcome = abort(candidate, world)
        else:
            how = commit_options(router, options, target.timeout)
            outcome = commit(candidate, how, world, bool(self._task.check_mode))
        kept.end(outcome)
        return present.Shown(mask, None).transacted(router, outcome, diff=bool(self._task.diff))

    @staticmethod
    def _kept(router: str) -> Kept:
        """Return the router's transaction of this run; Ansible makes the folder for each run, and removes it."""
        return Kept(constants.DEFAULT_LOCAL_TMP, router)  # type: ignore[attr-defined]

    @staticmethod
    def _steps(router: str) -> Steps:
        """Return where the progress of this run looks for what the router's task is doing."""
        return Steps(constants.DEFAULT_LOCAL_TMP, router)  # type: ignore[attr-defined]

    @staticmethod
    def _router(variables: Result) -> str:
        """Return the router's name in the inventory."""
        return str(variables.get("inventory_hostname", "router"))

    @property
    def _run(self) -> str:
        """What the ids of all objects of this run of Ansible begin with."""
        return str(self._task._uuid).rpartition("-")[0]

    def _foreseen(self, variables: Result) -> Result | None:
        """Return what earlier tasks of this run foresaw; facts of other runs may come from a cache and are stale."""
        told: Result | None = variables.get("ansible_facts", {}).get(FORESEEN)
        return told if told and told.get("run") == self._run else None

    def _target(self, router: str, variables: Result) -> Target:
        """Return where the router is and who logs in, from the variables of the inventory."""

        def value(name: str, default: Any = None) -> Any:
            given = variables.get(name, default)
            try:
                return self._templar.template(given)
            except AnsibleError as error:
                raise ConnectionFailed(f"{router}: {name} cannot be resolved: {error}") from error

        user = value("ansible_user") or self._play_context.remote_user
        if not user:
            raise ConnectionFailed(f"{router}: ansible_user is not set; expected the name of the API's user")
        password = value("ansible_password")
        if password is None:
            raise ConnectionFailed(
                f"{router}: ansible_password is not set; expected the API user's password from a vault, or '' for none"
            )
        tls = present.boolean(router, "routeros_tls", value("routeros_tls", False))
        return Target(
            router=router,
            host=str(value("ansible_host") or router),
            port=present.number(router, "ansible_port", value("ansible_port") or (8729 if tls else 8728)),
            user=str(user),
            password=str(password),
            tls=tls,
            validate=present.boolean(router, "routeros_tls_validate", value("routeros_tls_validate", True)),
            check_hostname=present.boolean(
                router, "routeros_tls_check_hostname", value("routeros_tls_check_hostname", True)
            ),
            ca=str(value("routeros_tls_ca") or "") or None,
            timeout=present.number(router, "routeros_timeout", value("routeros_timeout", 10)),
        )
