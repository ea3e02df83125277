# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write all modules, and the documentation of the options that they share.

A module is documentation and a few lines of wiring. Its options come from the facts of the menus and from
plugins/module_utils/options.py, which also validate what a task says, so the two never disagree; its examples from
module_examples. Modules that belong to no menu have what else is said of them in module_texts.
``--check`` writes nothing and exits with 1 where a file is not what would be written.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.multiwan.routeros.plugins.module_utils import argspec, options
from ansible_collections.multiwan.routeros.plugins.module_utils.menus.base import KEEP, Field, Menu
from ansible_collections.multiwan.routeros.plugins.module_utils.options import Described
from ansible_collections.multiwan.routeros.plugins.module_utils.values import (
    Duration,
    Enum,
    Kind,
    ListOf,
    Members,
    Number,
    Source,
)
from ansible_collections.multiwan.routeros.plugins.module_utils.version import Version, dotted

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = Path(__file__).resolve().parent / "module_examples"
TEXTS = Path(__file__).resolve().parent / "module_texts"
AUTHOR = "multiwan.routeros contributors (@multiwan)"

LICENCE = """# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
"""
OF_MENU = """# Written by scripts/write_modules.py from plugins/module_utils/menus, plugins/module_utils/options.py and
# scripts/module_examples. Change those instead.
"""
OF_OWN = """# Written by scripts/write_modules.py from plugins/module_utils/options.py, scripts/module_texts and
# scripts/module_examples. Change those instead.
"""
OF_STATES = "# Written by scripts/write_modules.py from plugins/module_utils/options.py. Change that instead.\n"

FOOT = '''
from ansible.module_utils.basic import AnsibleModule

from ansible_collections.multiwan.routeros.plugins.module_utils.argspec import {imports}


def main() -> None:
    """Declare the options; the work is done by the action plugin."""
    AnsibleModule(**{spec}).fail_json(msg=NEEDS_ACTION)


if __name__ == "__main__":
    main()
'''

STATES = '''
from __future__ import annotations


class ModuleDocFragment:
    """Options of modules whose rows can be added and removed; ``fixed`` for those whose rows are there for good."""

    DOCUMENTATION = r"""
{rows}
"""

    FIXED = r"""
{fixed}
"""
'''

DEVICES = {
    "poe": "ports that feed power",
    "switch": "switch chips that limit rates",
    "crs_prestera": "switch chips of the CRS3xx and CRS5xx series",
    "pcie_passthrough": "ports that a PCI Express host uses",
}


#: The options of modules that belong to no menu.
OWN = {
    "config": options.CONFIG,
    "facts": options.FACTS,
    "transaction": options.TRANSACTION,
    "verify": options.VERIFY,
}


class Flow(list[str]):
    """A list that is written on one line."""


class Dumper(yaml.SafeDumper):
    """YAML as people write it: lists indented below their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        del indentless
        super().increase_indent(flow, False)


Dumper.add_representer(
    Flow, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)
)


def dump(data: Any, width: int = 110) -> str:
    """Return *data* as YAML in the order given, its lines broken before the first word that ends behind *width*."""
    text: str = yaml.dump(data, Dumper=Dumper, sort_keys=False, width=width, allow_unicode=True)
    return text


def shape(kind: Kind) -> str:
    """Return a sentence on how a value of *kind* is written, empty where the option's type says it all."""
    inner = kind.kind if isinstance(kind, ListOf) else kind
    if isinstance(inner, Duration):
        return "A time such as V(30s) or V(1h30m)."
    if isinstance(inner, Number):
        return f"A number from {inner.minimum} to {inner.maximum}."
    if isinstance(inner, Source):
        return "Line ends and quotes need no escapes."
    if isinstance(inner, Enum) and inner.negatable:
        return f"{'Some' if inner is not kind else 'One'} of {_words(inner.choices)}."
    if isinstance(inner, Members) and inner.negatable:
        return f"Some of {_words(inner.members)}."
    told = getattr(inner, "shape", "")
    return f"Expects {told}." if told else ""


def _words(values: Iterable[str]) -> str:
    return ", ".join(f"V({value})" for value in values)


def described(field: Field) -> list[str]:
    """Return what the documentation says of a property."""
    out = [field.help, shape(field.kind)]
    if isinstance(field.kind, ListOf) and getattr(field.kind.kind, "negatable", False):
        out.append("A value with V(!) before it must not be there.")
    elif getattr(field.kind, "negatable", False):
        first = "the first value" if field.kind.ansible == "list" else "the value"
        out.append(f"With V(!) before {first} it matches all but this.")
    if field.default and field.default != KEEP:
        plain = {"yes": "true", "no": "false"}.get(field.default, field.default)
        out.append(f"The router's own default is V({plain if field.kind.ansible == 'bool' else field.default}).")
    if field.required:
        out.append("Needed where a row is added.")
    if not field.writable:
        out.append("It identifies the row and is never written.")
    if field.device:
        out.append(f"Only on devices with {DEVICES[field.device]}.")
    if field.since > (7,):
        out.append(f"Needs RouterOS {dotted(field.since)} or later.")
    elif field.since > (6,):
        out.append(f"Needs RouterOS {dotted(field.since)}." if len(field.since) > 1 else "Needs RouterOS 7.")
    if field.until is not None:
        out.append(f"Gone after RouterOS {dotted(_minor(field.until))}.")
    return [sentence for sentence in out if sentence]


def _minor(until: Version) -> Version:
    return until[:2]


def option(field: Field) -> dict[str, Any]:
    """Return the documentation of the option that sets a property."""
    spec = argspec.option(field)
    out: dict[str, Any] = {"description": described(field), "type": spec["type"]}
    if "elements" in spec:
        out["elements"] = spec["elements"]
    if "choices" in spec:
        out["choices"] = Flow(spec["choices"])
    return out


def description(menu: Menu) -> list[str]:
    """Return what the documentation says of the whole menu."""
    out = [f"Configures {menu.help}, the menu C(/{menu.path}) of RouterOS."]
    if menu.ordered:
        out.append(
            "Rows are kept in the order given, with as few moves as possible. Rows of others keep their order among "
            "themselves."
        )
    if menu.singleton:
        out.append("There is one set of these settings; it can be changed only.")
    elif menu.fixed:
        out.append("The rows are there for good; they can be changed, but neither added nor removed.")
    elif menu.keys:
        keys = ", else by ".join(" and ".join(f"O(config[].{_option(name)})" for name in key) for key in menu.keys)
        out.append(f"A row is found by {keys}, else by all that is given of it.")
    if menu.implied:
        out.append("RouterOS 6 has no such menu and needs none, so there the module does nothing.")
    elif menu.since > (6,):
        out.append(f"The menu exists since RouterOS {dotted(menu.since)}.")
    return out


def needed(name: str, spec: dict[str, Any]) -> list[str]:
    """Return when an option is needed, as ``required_if`` has it."""
    found = [f"O({option}={value})" for option, value, names in spec.get("required_if", ()) if name in names]
    return [f"Needed with {', '.join(found[:-1])} and {found[-1]}."] if found else []


def together(spec: dict[str, Any]) -> list[str]:
    """Return which options must be given, as ``required_one_of`` has it.

    Raises ValueError where a spec binds its options in a way that the documentation would not tell.
    """
    if untold := set(spec) - {"argument_spec", "supports_check_mode", "required_if", "required_one_of"}:
        raise ValueError(f"nothing tells of {', '.join(sorted(untold))}; let scripts/write_modules.py do it")
    return [
        f"At least one of {', '.join(f'O({name})' for name in names)} is needed."
        for names in spec.get("required_one_of", ())
    ]


def shown(described: Described) -> dict[str, Any]:
    """Return the documentation of options that are described; who hides them is of no concern there."""
    return {
        name: {key: Flow(told) if key == "choices" else told for key, told in option.items() if key != "no_log"}
        for name, option in described.items()
    }


def _plain(text: str) -> str:
    """Return *text* without the markup of documentation."""
    return re.sub(r"[CV]\(([^)]*)\)", r"\1", text)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text.partition(",")[0]


def _option(name: str) -> str:
    return name.replace("-", "_")


def documentation(module: str, menu: Menu) -> dict[str, Any]:
    """Return a module's DOCUMENTATION."""
    fixed = menu.fixed or menu.singleton
    config: dict[str, Any] = {
        "description": [
            "The settings." if menu.singleton else "The rows, each with its properties.",
            "The names are those of RouterOS, with V(_) in the place of V(-).",
            *needed("config", argspec.menu_options(menu.path)),
            *together(argspec.menu_options(menu.path)),
        ],
        "type": "dict" if menu.singleton else "list",
    }
    if not menu.singleton:
        config["elements"] = "dict"
    config["suboptions"] = {field.option: option(field) for field in argspec.settable(menu)}
    return {
        "module": module,
        "short_description": f"Configure /{menu.path}, {_short(_plain(menu.help))}",
        "version_added": "0.1.0",
        "description": description(menu),
        "options": {"config": config},
        "extends_documentation_fragment": [
            "multiwan.routeros.attributes",
            "multiwan.routeros.connection",
            "multiwan.routeros.states.fixed" if fixed else "multiwan.routeros.states",
        ],
        "seealso": [
            {"module": "multiwan.routeros.config", "description": "Configures any menus, several in one call."},
        ],
        "author": [AUTHOR],
    }


def returned(menu: Menu) -> dict[str, Any]:
    """Return a module's RETURN; fragments cannot say it."""
    rows = {"type": "dict"} if menu.singleton else {"type": "list", "elements": "dict"}
    changing = "state is neither gathered nor rendered"
    return {
        "before": {
            "description": "The rows as they were, under the names of the options.",
            "returned": changing,
            **rows,
        },
        "after": {
            "description": [
                "The rows as they are now, or in check mode as they would be.",
                "Not there when the line broke while writing, since nobody has read them then.",
            ],
            "returned": changing,
            **rows,
        },
        "commands": {
            "description": "What was written, or in check mode would be, as lines for the router's terminal.",
            "returned": changing,
            "type": "list",
            "elements": "str",
        },
        "refused_commands": {
            "description": "What the router refused.",
            "returned": "when the router refused something",
            "type": "list",
            "elements": "str",
        },
        "ansible_facts": {
            "description": [
                "For the next task in check mode, the names that there would be, as C(routeros_foreseen).",
                "They count in the same run alone.",
            ],
            "returned": "in check mode",
            "type": "dict",
        },
        "drift": {
            "description": [
                "How the router differs from what is wanted, by menu.",
                "Each menu has lists of lines: C(missing), C(changed), C(unwanted), C(moved), and C(foreign).",
                "C(foreign) are rows of others, which are no change.",
            ],
            "returned": "in check mode",
            "type": "dict",
        },
        "gathered": {"description": "The rows, in the form of O(config).", "returned": "state is gathered", **rows},
        "rendered": {"description": "RouterOS text.", "returned": "state is rendered", "type": "str"},
        "routeros_version": {
            "description": "Version of the router.",
            "returned": "state is not rendered",
            "type": "str",
            "sample": "7.22.3",
        },
    }


def examples(module: str) -> str:
    """Return a module's EXAMPLES: the file of its name, without the head that every file has."""
    text = (EXAMPLES / f"{module}.yml").read_text(encoding="utf-8")
    return text[text.index("---\n") :]


def own_documentation(module: str) -> dict[str, Any]:
    """Return the DOCUMENTATION of a module that belongs to no menu."""
    told = _texts(module)["documentation"]
    spec = argspec.options_for(module)
    return {
        "module": module,
        **{name: told[name] for name in ("short_description", "version_added")},
        "description": [*told["description"], *together(spec)],
        "options": shown(OWN[module]),
        **{name: told[name] for name in ("extends_documentation_fragment", "seealso") if name in told},
        "author": [AUTHOR],
    }


def _texts(module: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((TEXTS / f"{module}.yml").read_text(encoding="utf-8"))
    return found


def write(module: str) -> str:
    """Return the text of a module's file."""
    menu = argspec.modules().get(module)
    if menu is None:
        spec = f"{module.upper()}_OPTIONS"
        head, told, out = OF_OWN, own_documentation(module), _texts(module)["return"]
        imports = ", ".join(sorted(("NEEDS_ACTION", spec)))
    else:
        spec = f'menu_options("{menu.path}")'
        head, told, out = OF_MENU, documentation(module, menu), returned(menu)
        imports = "NEEDS_ACTION, menu_options"
    parts = (("DOCUMENTATION", "---\n" + dump(told)), ("EXAMPLES", examples(module)), ("RETURN", "---\n" + dump(out)))
    blocks = "".join(f'\n{name} = r"""\n{text.strip()}\n"""\n' for name, text in parts)
    wiring = FOOT.format(imports=imports, spec=spec)
    return f"#!/usr/bin/python\n{LICENCE}{head}\nfrom __future__ import annotations\n{blocks}{wiring}"


def fragment() -> str:
    """Return the text of the fragment with the options that say what shall become of rows."""
    rows, fixed = (dump({"options": shown(each)}).strip() for each in (options.ROWS, options.FIXED))
    docstring = '"""Options that say what shall become of a menu\'s rows."""\n'
    return LICENCE + OF_STATES + docstring + STATES.format(rows=rows, fixed=fixed)


def files() -> dict[str, str]:
    """Return all that is written, by the path in the repository."""
    found = {f"plugins/modules/{module}.py": write(module) for module in sorted([*argspec.modules(), *OWN])}
    return found | {"plugins/doc_fragments/states.py": fragment()}


def bring_up_to_date(root: Path, files: dict[str, str], script: str, about: str | None) -> int:
    """Write or check *files* below *root*, as the command line of *script* asks; returns the exit status."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0] if about else None)
    parser.add_argument("--check", action="store_true", help="write nothing, exit with 1 where a file is stale")
    check = parser.parse_args().check
    stale = []
    for name, text in files.items():
        path = root / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"{name}: {f'is not what {script} writes' if check else 'written'}")
    return 1 if check and stale else 0


def main() -> int:
    """Write or check all files; returns the exit status."""
    return bring_up_to_date(ROOT, files(), "scripts/write_modules.py", __doc__)


if __name__ == "__main__":
    sys.exit(main())
