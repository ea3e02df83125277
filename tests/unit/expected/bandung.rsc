# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# What the roles write at a branch with two links of unequal bandwidth: three buckets, two of them the fast link's.
/system identity
set name=TransCoffee-bandung
/interface ethernet
set [ find default-name=ether1 ] name=ISP1 comment="Biznet 100M"
set [ find default-name=ether2 ] name=ISP2 comment="IndiHome 50M"
set [ find default-name=ether3 ] name=LAN comment="Toko dan kasir"
/ip address
add address=172.20.10.1/24 interface=LAN comment="interfaces: LAN"
/ip dhcp-client
add interface=ISP1 add-default-route=no use-peer-dns=no comment="dhcp: ISP1"
add interface=ISP2 add-default-route=no use-peer-dns=no comment="dhcp: ISP2"
/ip dns
set servers=8.8.8.8,8.8.4.4 allow-remote-requests=yes
/ip firewall filter
add chain=input in-interface=ISP1 protocol=udp dst-port=53 action=drop comment="dhcp: no DNS for ISP1, udp"
add chain=input in-interface=ISP1 protocol=tcp dst-port=53 action=drop comment="dhcp: no DNS for ISP1, tcp"
add chain=input in-interface=ISP2 protocol=udp dst-port=53 action=drop comment="dhcp: no DNS for ISP2, udp"
add chain=input in-interface=ISP2 protocol=tcp dst-port=53 action=drop comment="dhcp: no DNS for ISP2, tcp"
/ip pool
add name=LAN ranges=172.20.10.2-172.20.10.254 comment="dhcp: LAN"
/ip dhcp-server
add name=LAN interface=LAN address-pool=LAN lease-time=10m comment="dhcp: LAN"
/ip dhcp-server network
add address=172.20.10.0/24 gateway=172.20.10.1 dns-server=172.20.10.1 comment="dhcp: LAN"
/ip firewall nat
add chain=srcnat out-interface=ISP1 action=masquerade comment="nat: masquerade ISP1"
add chain=srcnat out-interface=ISP2 action=masquerade comment="nat: masquerade ISP2"
/interface list
add name=multiwan-wan comment="pcc_mangle: the links"
/interface list member
add list=multiwan-wan interface=ISP1 comment="pcc_mangle: ISP1"
add list=multiwan-wan interface=ISP2 comment="pcc_mangle: ISP2"
/ip firewall mangle
add chain=prerouting in-interface=!ISP2 dst-address=192.168.62.0/24 action=accept comment="pcc_mangle: bypass ISP2"
add chain=prerouting in-interface=!ISP1 dst-address=192.168.61.0/24 action=accept comment="pcc_mangle: bypass ISP1"
add chain=prerouting dst-address=172.20.10.0/24 action=accept comment="pcc_mangle: bypass LAN"
add chain=prerouting in-interface=ISP1 connection-mark=no-mark action=mark-connection new-connection-mark=ISP1 comment="pcc_mangle: from ISP1"
add chain=prerouting in-interface=ISP2 connection-mark=no-mark action=mark-connection new-connection-mark=ISP2 comment="pcc_mangle: from ISP2"
add chain=prerouting in-interface=LAN connection-state=new connection-mark=no-mark dst-address-type=!local per-connection-classifier=both-addresses-and-ports:3/0 action=mark-connection new-connection-mark=ISP1 comment="pcc_mangle: LAN bucket 3/0"
add chain=prerouting in-interface=LAN connection-state=new connection-mark=no-mark dst-address-type=!local per-connection-classifier=both-addresses-and-ports:3/1 action=mark-connection new-connection-mark=ISP1 comment="pcc_mangle: LAN bucket 3/1"
add chain=prerouting in-interface=LAN connection-state=new connection-mark=no-mark dst-address-type=!local per-connection-classifier=both-addresses-and-ports:3/2 action=mark-connection new-connection-mark=ISP2 comment="pcc_mangle: LAN bucket 3/2"
add chain=prerouting in-interface=LAN connection-mark=ISP1 action=mark-routing new-routing-mark=to-ISP1 comment="pcc_mangle: LAN to ISP1"
add chain=prerouting in-interface=LAN connection-mark=ISP2 action=mark-routing new-routing-mark=to-ISP2 comment="pcc_mangle: LAN to ISP2"
add chain=output out-interface-list=multiwan-wan connection-mark=ISP1 action=mark-routing new-routing-mark=to-ISP1 comment="pcc_mangle: router to ISP1"
add chain=output out-interface-list=multiwan-wan connection-mark=ISP2 action=mark-routing new-routing-mark=to-ISP2 comment="pcc_mangle: router to ISP2"
/routing table
add name=to-ISP1 fib comment="failover_routes: to-ISP1"
add name=to-ISP2 fib comment="failover_routes: to-ISP2"
/ip route
add dst-address=0.0.0.0/0 gateway=192.168.61.1 routing-table=to-ISP1 check-gateway=ping comment="failover_routes: to-ISP1"
add dst-address=0.0.0.0/0 gateway=192.168.62.1 routing-table=to-ISP2 check-gateway=ping comment="failover_routes: to-ISP2"
add dst-address=0.0.0.0/0 gateway=192.168.61.1 distance=1 check-gateway=ping comment="failover_routes: main ISP1"
add dst-address=0.0.0.0/0 gateway=192.168.62.1 distance=2 check-gateway=ping comment="failover_routes: main ISP2"
/tool netwatch
add host=192.168.61.1 interval=10s comment="netwatch_telegram: ISP1"
add host=192.168.62.1 interval=10s comment="netwatch_telegram: ISP2"
