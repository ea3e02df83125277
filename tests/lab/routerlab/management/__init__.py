# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way that management takes: whether the API's packets reach a router, and its answers leave it.

It is worked out from the router's rows alone, the same with packets and without: what the kernel carries are the packets
of routers, clients and the internet, while the API's connections come from the machine that the lab runs on.
"""
