# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of Sphinx for scripts/build-docs.

Guides name pictures and pages by their address on GitHub, since docs.ansible.com takes nothing but the guides along.
Here both are beside them, so these addresses become local ones: the site can be read without the web.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from docutils import nodes

if TYPE_CHECKING:
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

GALAXY = yaml.safe_load((Path(__file__).parents[3] / "galaxy.yml").read_text(encoding="utf-8"))

project = "multiwan.routeros"
author = "multiwan.routeros contributors"
copyright = author
version = release = GALAXY["version"]

extensions = ["sphinx_antsibull_ext", "myst_parser"]
default_role = "any"
highlight_language = "YAML+Jinja"
pygments_style = "ansible"
# As GitHub makes them, so that links between the pages hold in both places.
myst_heading_anchors = 4

html_theme = "sphinx_ansible_theme"
html_title = "multiwan.routeros"
html_short_title = "multiwan.routeros"
templates_path = ["templates"]
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_use_index = False
html_theme_options = {"display_version": False, "show_extranav": False}

RAW = "https://raw.githubusercontent.com/multiwan/routeros/main/docs/pictures/"
PAGE = re.compile(r"https://github\.com/multiwan/routeros/blob/main/docs/([\w-]+)\.md(?:#(.+))?")
ANSIBLE = "https://docs.ansible.com/projects/ansible/latest"
#: Labels of Ansible's own documentation that antsibull-docs refers to, and where they are.
LABELS = {
    "action_plugins": "plugins/action.html",
    "callback_plugins": "plugins/callback.html#callback-plugins",
    "ansible_configuration_settings": "reference_appendices/config.html#ansible-configuration-settings",
    "common_return_values": "reference_appendices/common_return_values.html#common-return-values",
    "list_of_collections": "collections/index.html#list-of-collections",
}
PLUGIN = re.compile(r"ansible_collections\.(\w+)\.(\w+)\.(\w+)_(\w+)")


def local_pictures(_app: Sphinx, _document: str, source: list[str]) -> None:
    """Let a guide's pictures be those beside it."""
    source[0] = source[0].replace(RAW, "/pictures/")


def local_pages(app: Sphinx, tree: nodes.document, document: str) -> None:
    """Let links to pages of docs/ on GitHub lead to the same pages of this site."""
    for link in tree.findall(nodes.reference):
        match = PAGE.fullmatch(link.get("refuri", ""))
        page = f"pages/{match[1]}" if match else ""
        if match is None or page not in app.env.found_docs:
            continue
        anchor = match[2]
        slugs = app.env.metadata[page].get("myst_slugs", {})
        if anchor and anchor not in slugs:
            raise ValueError(f"{document}: docs/{match[1]}.md has no heading #{anchor}; it has: {', '.join(slugs)}")
        # GitHub's name of a heading, and the one that docutils gives it here.
        target = f"#{slugs[anchor][1]}" if anchor else ""
        link["refuri"] = app.builder.get_relative_uri(document, page) + target


def in_ansible(
    _app: Sphinx, _env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.reference | None:
    """Resolve what Ansible's own documentation has, without fetching its inventory."""
    label = node.get("reftarget", "")
    page = LABELS.get(label)
    plugin = PLUGIN.fullmatch(label)
    if page is None and plugin and plugin[1] == "ansible":
        namespace, collection, name, kind = plugin.groups()
        page = f"collections/{namespace}/{collection}/{name}_{kind}.html"
    if page is None:
        return None
    return nodes.reference("", "", content, refuri=f"{ANSIBLE}/{page}", internal=False)


def own_icon(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _tree: nodes.document | None) -> None:
    """Give pages our icon; with ``html_favicon`` the theme makes a path of what is one already."""
    context["favicon_url"] = "_static/logo.svg"


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", local_pictures)
    app.connect("doctree-resolved", local_pages)
    app.connect("html-page-context", own_icon)
    app.connect("missing-reference", in_ansible)
