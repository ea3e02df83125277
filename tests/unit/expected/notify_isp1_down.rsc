# Copyright: (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# The script of figure 23 as it should be, for the head office's first link.
:log warning "netwatch_telegram: ISP1 is down ($host)"
:local day [/system clock get date]
:local clock [/system clock get time]
:local now "down"
:local tries 0
:local sent false
:while ((!$sent) && ($tries < 6) && ($now = "down")) do={
  :set tries ($tries + 1)
  :do {
    /tool fetch url="https://api.telegram.org/bot123456789:AAtestAAtestAAtestAAtestAAtestAAtes/sendMessage" \
      http-method=post check-certificate=no output=none \
      http-data="chat_id=-100987&text=%E2%9D%8C%20Trans%20Coffee%20HQ%3A%20ISP1%20%28Fiberstar%29%20is%20DOWN%0AHost:%20$host%0ADate:%20$day%0ATime:%20$clock"
    :set sent true
  } on-error={
    :if ($tries < 6) do={
      :delay 10s
      :do { :set now [/tool netwatch get [find where comment="netwatch_telegram: ISP1"] status] } on-error={}
    }
  }
}
:if ($now != "down") do={
  :log warning "netwatch_telegram: Telegram was not told that ISP1 was down: it is $now by now"
} else={
  :if (!$sent) do={ :log error "netwatch_telegram: could not tell Telegram that ISP1 is down" }
}
