# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write each role's meta/argument_specs.yml and README.md.

What is said of a role stands in role_texts; what several roles take, once, in role_texts/shared.yml; defaults come from the
role's own defaults/main.yml. The argument specs are made from these, and the README from the argument specs.
``--check`` writes nothing and exits with 1 where a file is not what would be written.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from write_modules import AUTHOR, Dumper, Flow, bring_up_to_date, dump

ROOT = Path(__file__).resolve().parent.parent
TEXTS = Path(__file__).resolve().parent / "role_texts"
ROLES = sorted(path.stem for path in TEXTS.glob("*.yml") if path.stem != "shared")
#: A line ends with the first word behind this column, which may be an address; yamllint takes 120.
WIDTH = 90
MODEL = "https://github.com/multiwan/routeros/blob/main/docs/site-model.md"

MODELLED = (
    f"[The site's model]({MODEL}) has an example of each, and what is refused. The variables of the site (`site_`) are the same "
    "for all roles, so that a link or a LAN is described once."
)

HEAD = """# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Written by scripts/write_roles.py from scripts/role_texts and defaults/main.yml. Change those instead.
---
"""

# Jinja's words for a default that depends on something, in words of people.
_EXPRESSION = re.compile(r"\{\{ (\w+)(?: \| default\((.+)\))? \}\}")
_WORDS = {"site_wans | length > 1": "whether there are several links", "site_name": "C(site_name)"}

Option = dict[str, Any]


class Text(str):
    """A text that is written as lines, as it stands."""


Dumper.add_representer(Text, lambda dumper, data: dumper.represent_scalar("tag:yaml.org,2002:str", data, style="|"))


def load(path: Path) -> Any:
    """Return the YAML of a file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def by_default(value: Any) -> tuple[Option, list[str]]:
    """Return how a default from defaults/main.yml is told: as ``default``, or in words where other variables give it.

    Raises ValueError for an expression that there are no words for.
    """
    if not isinstance(value, str) or "{{" not in value:
        return {"default": value}, []
    found = _EXPRESSION.fullmatch(value)
    if found is None:
        raise ValueError(f"no words for the default {value}; give scripts/write_roles.py some")
    name, other = found.groups()
    if other is None:
        return {}, [f"By default C({name})."]
    return {}, [f"By default C({name}), else {_WORDS.get(other) or f'V({other.strip(chr(39))})'}."]


def option(told: Option, default: Any) -> Option:
    """Return an option of a role with its default."""
    given, words = by_default(default)
    out: Option = {"description": [*_list(told["description"]), *words], **given, **_formed(told)}
    return out


def _formed(told: Option) -> Option:
    """Return what an option is beside its description."""
    out = {key: value for key, value in told.items() if key not in ("description", "options")}
    if "choices" in out:
        out["choices"] = Flow(out["choices"])
    if "options" in told:
        out["options"] = {
            name: {"description": _list(each["description"]), **_formed(each)} for name, each in told["options"].items()
        }
    return out


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def specs(role: str) -> Option:
    """Return a role's argument specs. Raises ValueError where its texts and its defaults have not the same variables."""
    told, shared = load(TEXTS / f"{role}.yml"), load(TEXTS / "shared.yml")
    defaults = load(ROOT / "roles" / role / "defaults" / "main.yml")
    described = {f"{role}_{name}": shared[name] if each == "shared" else each for name, each in told["options"].items()}
    if described.keys() != defaults.keys():
        raise ValueError(
            f"{role}: defaults and texts differ in {', '.join(sorted(described.keys() ^ defaults.keys()))}"
        )
    options = {name: option(each, defaults[name]) for name, each in described.items()}
    ownership = (
        f"Rows of menus that can hold rows of others bear a comment that begins with C({role}:); only those are changed or "
        "removed."
    )
    results = (
        f"C({role}_result) holds what the task returned (C(changed), C(before), C(after), C(commands); in check mode C(drift)). "
        f"C(tasks_from=verify) waits until {told['verify']}; its result is C({role}_verify)."
    )
    return {
        "argument_specs": {
            "main": {
                "short_description": told["short_description"],
                **_known(),
                "description": [*told["description"], ownership, results],
                "examples": Text(told["examples"]),
                "options": options,
            },
            "verify": {
                "short_description": "Wait until what the role has made is in use",
                **_known(),
                "description": [
                    f"Waits until {told['verify']}. Where the time is over before, it fails with what is not so.",
                    f"It writes nothing. C({role}_verify) holds the result, that of M(multiwan.routeros.verify).",
                ],
                "options": {name: deepcopy(each) for name, each in options.items() if name in verified(role)},
            },
        }
    }


def _known() -> Option:
    return {"version_added": "0.1.0", "author": [AUTHOR]}


def verified(role: str) -> set[str]:
    """Return the words in a role's entry point ``verify`` and its template that may be variables of the role."""
    parts = [ROOT / "roles" / role / path for path in ("tasks/verify.yml", "templates/verify.rsc.j2")]
    return {word for path in parts for word in re.findall(rf"\b{role}_\w+", path.read_text(encoding="utf-8"))}


def readme(role: str, spec: Option) -> str:
    """Return a role's README, made from its argument specs."""
    main = spec["argument_specs"]["main"]
    first, *middle, ownership, results = [markdown(each) for each in main["description"]]
    parts = [
        f"# multiwan.routeros.{role}",
        first,
        f"```yaml\n{main['examples'].rstrip()}\n```",
        "## What it writes",
        *_paragraphs(middle),
        ownership,
        "## Variables",
        MODELLED,
        table(main["options"], "variable"),
    ]
    for name, each in main["options"].items():
        if "options" in each and each["type"] == "list":
            parts += [f"### Of each entry of `{name}`", table(each["options"], "key")]
    for name, each in main["options"].items():
        if "options" in each and each["type"] == "dict":
            parts += [f"### In `{name}`", table(dict(_flat(each["options"])), "key")]
    parts += ["## Results", results]
    return "\n\n".join(parts) + "\n"


def _flat(options: Option, before: str = "") -> Iterator[tuple[str, Option]]:
    for name, each in options.items():
        yield before + name, each
        yield from _flat(each.get("options", {}), f"{before}{name}.")


def _paragraphs(texts: list[str]) -> list[str]:
    """Return *texts*, those that begin with a menu or a number as one list each."""
    out: list[str] = []
    for text in texts:
        mark = "- " if text.startswith("`/") else ""
        line = mark + text
        listed = mark or re.match(r"\d\. ", text)
        if listed and out and out[-1].startswith(mark or "1. "):
            out[-1] += f"\n{line}"
        else:
            out.append(line)
    return out


def table(options: Option, head: str) -> str:
    """Return a table of options."""
    lines = [f"| {head} | type | default | meaning |", "| --- | --- | --- | --- |"]
    for name, each in options.items():
        kind = each["type"] + (f" of {each['elements']}" if "elements" in each else "")
        words = [markdown(text) for text in each["description"]]
        default = "must be given" if each.get("required") else _shown(each["default"]) if "default" in each else ""
        if len(words) > 1 and words[-1].startswith("By default "):
            default = words.pop().removeprefix("By default ").removesuffix(".")
        words += [f"One of {', '.join(f'`{choice}`' for choice in each['choices'])}."] if "choices" in each else []
        lines.append(f"| `{name}` | {kind} | {default} | {' '.join(words)} |")
    return "\n".join(lines)


def _shown(value: Any) -> str:
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def markdown(text: str) -> str:
    """Return a text of Ansible's documentation as Markdown."""
    text = re.sub(r"L\(([^,]+),([^)]+)\)", r"[\1](\2)", text)
    return re.sub(r"\b[CVO]\(([^)]*)\)", r"`\1`", text).replace("|", "\\|")


def files() -> dict[str, str]:
    """Return all that is written, by the path in the repository."""
    found = {}
    for role in ROLES:
        spec = specs(role)
        found[f"roles/{role}/meta/argument_specs.yml"] = HEAD + dump(spec, WIDTH)
        found[f"roles/{role}/README.md"] = readme(role, spec)
    return found


def main() -> int:
    """Write or check all files; returns the exit status."""
    return bring_up_to_date(ROOT, files(), "scripts/write_roles.py", __doc__)


if __name__ == "__main__":
    sys.exit(main())
