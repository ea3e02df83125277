# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# The script of figure 22 as it should be, for the head office's first link.
:log info "netwatch_telegram: ISP1 is up ($host)"
:local when "Date:%20$[/system clock get date]%0ATime:%20$[/system clock get time]"
:local text "%E2%9C%85%20Trans%20Coffee%20HQ%3A%20ISP1%20%28Fiberstar%29%20is%20UP"
:local tries 0
:local pause 10
:local sent false
:local late false
:while ((!$sent) && ($tries < 1440)) do={
  :set tries ($tries + 1)
  :do {
    /tool fetch url="https://api.telegram.org/bot123456789:AAtestAAtestAAtestAAtestAAtestAAtes/sendMessage" \
      http-method=post check-certificate=no output=none \
      http-data="chat_id=-100987&text=$text%0AHost:%20$host%0A$when"
    :set sent true
  } on-error={
    :if ($tries = 6) do={
      :set pause 60
      :log error "netwatch_telegram: could not tell Telegram yet that ISP1 is up; it is tried again every minute"
    }
    :delay $pause
  }
  :do {
    :if ((!$late) && ([/tool netwatch get [find where comment="netwatch_telegram: ISP1"] status] = "down")) do={
      :set text "%E2%9C%85%20Trans%20Coffee%20HQ%3A%20ISP1%20%28Fiberstar%29%20was%20UP"
      :set late true
      :set sent false
    }
  } on-error={}
}
:if (!$sent) do={ :log error "netwatch_telegram: gave up telling Telegram that ISP1 was up" }
