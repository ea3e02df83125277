# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The code blocks of the documents: what they hold, and what the lines above them say of them.

A line right above a block says what to do with it, in Markdown as ``<!-- … -->``, in reStructuredText as a comment:

    file: host_vars/branch-7.yml      the block is this file (in reStructuredText the caption says it)
    example: not run, REASON          what cannot be tried here, and why
    example: numbers vary             numbers but 0 in the output that is shown stand for any numbers
    example: on a working site        the document's site is configured first; said above no block, before all of them
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import Directive, directives, roles
from markdown_it import MarkdownIt

NOT_RUN = re.compile(r"not run, (\S.{9,})")
VARY = "numbers vary"
WORKING = "on a working site"

# What reStructuredText has beside paragraphs that holds code, whatever it is called there.
_CODE = re.compile(r"^[ \t]*\.\. (code-block|code|sourcecode|literalinclude|parsed-literal|highlight)::", re.MULTILINE)


class DocumentError(Exception):
    """A document whose blocks cannot be told; the text names document and line."""


@dataclass(frozen=True)
class Block:
    """A code block: where it is (the line of its first line of code), its language, its text, and what is said of it."""

    document: str
    line: int
    language: str
    text: str
    file: str = ""
    mark: str = ""

    @property
    def place(self) -> str:
        """Where it is, as ``docs/lab.md:14``."""
        return f"{self.document}:{self.line}"

    @property
    def reason(self) -> str:
        """Why it is not run; empty when it is."""
        found = NOT_RUN.fullmatch(self.mark)
        return found.group(1) if found else ""


@dataclass(frozen=True)
class Document:
    """A document by its path in the repository, its blocks in their order, and whether its site works from the start."""

    path: str
    blocks: tuple[Block, ...]
    working: bool = False


def documents(root: Path) -> list[str]:
    """Return every document that users read, as paths below *root*."""
    found = [root / "README.md", *root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("docs/**/*.rst")]
    found += root.glob("roles/*/README.md")
    return sorted({path.relative_to(root).as_posix() for path in found if path.exists()})


def read(root: Path, path: str) -> Document:
    """Return a document with its blocks. Raises DocumentError where a line above a block says what nobody knows."""
    text = (root / path).read_text(encoding="utf-8")
    found = list(_markdown(path, text) if path.endswith(".md") else _restructured(path, text))
    marks = [mark for mark in found if isinstance(mark, str)]
    blocks = tuple(block for block in found if isinstance(block, Block))
    for block in blocks:
        if block.mark not in ("", VARY, WORKING) and not block.reason:
            raise DocumentError(f"{block.place}: 'example: {block.mark}' is unknown; see tests/examples/blocks.py")
    if any(mark != WORKING for mark in marks):
        raise DocumentError(f"{path}: a line that belongs to no block: {marks}; it stands right above its block")
    return Document(path, blocks, WORKING in marks)


def _said(comment: str) -> tuple[str, str]:
    """Return (kind, text) of a comment that speaks of a block, two empty texts of any other."""
    kind, colon, text = comment.strip().partition(":")
    return (kind, " ".join(text.split())) if colon and kind in ("file", "example") else ("", "")


def _markdown(path: str, text: str) -> Iterator[Block | str]:
    """Yield the blocks of Markdown, and as texts the marks that stand above none."""
    said: dict[str, str] = {}
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "html_block" and token.content.lstrip().startswith("<!--"):
            kind, what = _said(token.content.strip().removeprefix("<!--").removesuffix("-->"))
            if kind:
                said[kind] = what
            continue
        if token.type in ("fence", "code_block"):
            if token.map is None:
                raise DocumentError(f"{path}: a block whose line the parser does not tell")
            line = token.map[0] + (2 if token.type == "fence" else 1)
            language = token.info.strip()
            yield Block(path, line, language, token.content, said.get("file", ""), said.get("example", ""))
            said = {}
        elif said:
            # Whatever comes between leaves the mark without its block.
            yield from said.values()
            said = {}
    yield from said.values()


class _CodeBlock(Directive):
    """A block of code with its caption, also where docutils does not know the language or Sphinx's options."""

    has_content = True
    optional_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = dict.fromkeys(
        ("caption", "name", "emphasize-lines", "linenos", "class", "dedent", "force", "lineno-start"),
        directives.unchanged,
    )

    def run(self) -> list[nodes.Node]:
        node = nodes.literal_block("\n".join(self.content), "\n".join(self.content))
        node["language"] = self.arguments[0] if self.arguments else ""
        node["caption"] = self.options.get("caption", "")
        node.line = self.content_offset + 1
        return [node]


class _Container(Directive):
    """A directive that docutils alone does not know: what is in it counts, whatever is around it."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        node = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]


class _Leaf(_Container):
    """A directive without text of its own, such as a list of pages."""

    def run(self) -> list[nodes.Node]:
        return []


class _AnyOption(dict[str, Any]):
    """Options that are all known, for directives whose options do not matter here."""

    def __missing__(self, name: str) -> Any:
        return directives.unchanged

    def __bool__(self) -> bool:
        return True


def _restructured(path: str, text: str) -> Iterator[Block | str]:
    """Yield the blocks of reStructuredText, and as texts the marks that stand above none."""
    for name in ("code-block", "code", "sourcecode"):
        directives.register_directive(name, _CodeBlock)
    for name in ("seealso", "versionadded", "versionchanged", "only", "rst-class", "tabs", "tab"):
        directives.register_directive(name, type(name, (_Container,), {"option_spec": _AnyOption()}))
    for name in ("toctree", "ansible-plugin", "highlight", "meta"):
        directives.register_directive(name, type(name, (_Leaf,), {"option_spec": _AnyOption()}))
    for role in (
        "ref",
        "doc",
        "ansplugin",
        "ansopt",
        "ansval",
        "ansretval",
        "ansenvvar",
        "file",
        "kbd",
        "term",
        "guilabel",
    ):
        roles.register_local_role(role, _plain)  # type: ignore[arg-type]  # the stubs ask for more than docutils
    tree = publish_doctree(
        text, source_path=path, settings_overrides={"report_level": 5, "halt_level": 5, "file_insertion_enabled": False}
    )
    yield from _walk(path, tree)
    found = sum(1 for node in tree.findall(nodes.literal_block) if "language" in node)
    written = len(_CODE.findall(text))
    if found != written:
        raise DocumentError(
            f"{path}: {written} blocks of code are written, but {found} were found; one is inside of something that "
            "tests/examples/blocks.py does not know"
        )


def _plain(_name: str, _raw: str, text: str, *_rest: Any) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    return [nodes.inline(text, text)], []


def _walk(path: str, tree: nodes.document) -> Iterator[Block | str]:
    said: dict[str, str] = {}
    for node in tree.findall(lambda one: isinstance(one, (nodes.comment, nodes.literal_block, nodes.TextElement))):
        if isinstance(node, nodes.comment):
            kind, what = _said(node.astext())
            if kind:
                said[kind] = what
        elif isinstance(node, nodes.literal_block) and not isinstance(node.parent, nodes.system_message):
            file = said.get("file", "") or str(node.get("caption", ""))
            line = int(node.line or 0)
            yield Block(path, line, str(node.get("language", "")), node.astext() + "\n", file, said.get("example", ""))
            said = {}
        elif said and not isinstance(node, nodes.literal_block):
            yield from said.values()
            said = {}
    yield from said.values()
