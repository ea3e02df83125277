/* Copyright (c) multiwan.routeros contributors
 * GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later */
// Without this script the page shows everything; with it, a hundred sites can be narrowed down to the one in question.
"use strict";
(() => {
  const tools = document.getElementById("tools");
  const box = document.getElementById("filter");
  const troubled = document.getElementById("troubled");
  const sites = [...document.querySelectorAll("details.site")];
  const rows = new Map([...document.querySelectorAll("tr[data-site]")].map((row) => [row.dataset.site, row]));
  const texts = new Map(sites.map((site) => [site, site.textContent.toLowerCase()]));

  const narrow = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const site of sites) {
      const wanted = words.every((word) => texts.get(site).includes(word)) &&
        !(troubled.checked && "well" in site.dataset);
      site.hidden = !wanted;
      rows.get(site.dataset.site).hidden = !wanted;
      shown += wanted;
    }
    document.getElementById("matches").textContent =
      shown === sites.length ? "" : `${shown} of ${sites.length} sites`;
  };

  const reveal = () => {
    const site = document.getElementById(location.hash.slice(1));
    if (site && "open" in site) site.open = true;
  };

  tools.hidden = false;
  tools.addEventListener("submit", (event) => event.preventDefault());
  box.addEventListener("input", narrow);
  troubled.addEventListener("change", narrow);
  window.addEventListener("hashchange", reveal);
  // Paper has nothing to unfold.
  window.addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
  reveal();
})();
