# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# What the roles write at a branch with one link: no table, no mark, no check of the gateway (there is nothing to fail
# over to), but NAT, DHCP, a route and netwatch.
/system identity
set name=TransCoffee-medan
/interface ethernet
set [ find default-name=ether1 ] name=ISP1 comment="IndiHome"
set [ find default-name=ether2 ] name=LAN comment="Toko dan kasir"
/ip address
add address=172.22.10.1/24 interface=LAN comment="interfaces: LAN"
/ip dhcp-client
add interface=ISP1 add-default-route=no use-peer-dns=no comment="dhcp: ISP1"
/ip dns
set servers=8.8.8.8,8.8.4.4 allow-remote-requests=yes
/ip firewall filter
add chain=input in-interface=ISP1 protocol=udp dst-port=53 action=drop comment="dhcp: no DNS for ISP1, udp"
add chain=input in-interface=ISP1 protocol=tcp dst-port=53 action=drop comment="dhcp: no DNS for ISP1, tcp"
/ip pool
add name=LAN ranges=172.22.10.2-172.22.10.254 comment="dhcp: LAN"
/ip dhcp-server
add name=LAN interface=LAN address-pool=LAN lease-time=10m comment="dhcp: LAN"
/ip dhcp-server network
add address=172.22.10.0/24 gateway=172.22.10.1 dns-server=172.22.10.1 comment="dhcp: LAN"
/ip firewall nat
add chain=srcnat out-interface=ISP1 action=masquerade comment="nat: masquerade ISP1"
/interface list
/interface list member
/ip firewall mangle
/routing table
/ip route
add dst-address=0.0.0.0/0 gateway=192.168.81.1 distance=1 comment="failover_routes: main ISP1"
/tool netwatch
add host=192.168.81.1 interval=10s comment="netwatch_telegram: ISP1"
