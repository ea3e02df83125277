# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# What the roles write at the head office, by hand from the paper's section 3.6: its mistakes mended, its rules in its
# order, and the hardening of docs/paper.md. A comment in brackets gives the figure.

# [figure 7]
/system identity
set name=TransCoffee-hq
/interface ethernet
set [ find default-name=ether1 ] name=ISP1 comment="Fiberstar"
set [ find default-name=ether2 ] name=ISP2 comment="Maxindu"
set [ find default-name=ether6 ] name=LAN-Lt.1 comment="LAN Lantai 1"
set [ find default-name=ether7 ] name=LAN-Lt.2 comment="LAN Lantai 2"
set [ find default-name=ether8 ] name=LAN-Lt.3 comment="LAN Lantai 3"
set [ find default-name=ether9 ] name=LAN-Server comment="LAN Ruangan Server"

# [figure 9]
/ip address
add address=172.16.10.1/24 interface=LAN-Lt.1 comment="interfaces: LAN-Lt.1"
add address=172.16.20.1/24 interface=LAN-Lt.2 comment="interfaces: LAN-Lt.2"
add address=172.16.30.1/24 interface=LAN-Lt.3 comment="interfaces: LAN-Lt.3"
add address=10.10.0.1/24 interface=LAN-Server comment="interfaces: LAN-Server"

# [figure 8]
/ip dhcp-client
add interface=ISP1 add-default-route=no use-peer-dns=no comment="dhcp: ISP1"
add interface=ISP2 add-default-route=no use-peer-dns=no comment="dhcp: ISP2"
# [figure 10]
/ip dns
set servers=8.8.8.8,8.8.4.4 allow-remote-requests=no
/ip firewall filter

# [figure 12, for each LAN]
/ip pool
add name=LAN-Lt.1 ranges=172.16.10.2-172.16.10.254 comment="dhcp: LAN-Lt.1"
add name=LAN-Lt.2 ranges=172.16.20.2-172.16.20.254 comment="dhcp: LAN-Lt.2"
add name=LAN-Lt.3 ranges=172.16.30.2-172.16.30.254 comment="dhcp: LAN-Lt.3"
add name=LAN-Server ranges=10.10.0.2-10.10.0.254 comment="dhcp: LAN-Server"
/ip dhcp-server
add name=LAN-Lt.1 interface=LAN-Lt.1 address-pool=LAN-Lt.1 lease-time=10m comment="dhcp: LAN-Lt.1"
add name=LAN-Lt.2 interface=LAN-Lt.2 address-pool=LAN-Lt.2 lease-time=10m comment="dhcp: LAN-Lt.2"
add name=LAN-Lt.3 interface=LAN-Lt.3 address-pool=LAN-Lt.3 lease-time=10m comment="dhcp: LAN-Lt.3"
add name=LAN-Server interface=LAN-Server address-pool=LAN-Server lease-time=10m comment="dhcp: LAN-Server"
/ip dhcp-server network
add address=172.16.10.0/24 gateway=172.16.10.1 dns-server=192.168.20.1,192.168.40.1 comment="dhcp: LAN-Lt.1"
add address=172.16.20.0/24 gateway=172.16.20.1 dns-server=192.168.20.1,192.168.40.1 comment="dhcp: LAN-Lt.2"
add address=172.16.30.0/24 gateway=172.16.30.1 dns-server=192.168.20.1,192.168.40.1 comment="dhcp: LAN-Lt.3"
add address=10.10.0.0/24 gateway=10.10.0.1 dns-server=192.168.20.1,192.168.40.1 comment="dhcp: LAN-Server"

# [figure 13]
/ip firewall nat
add chain=srcnat out-interface=ISP1 action=masquerade comment="nat: masquerade ISP1"
add chain=srcnat out-interface=ISP2 action=masquerade comment="nat: masquerade ISP2"

# [figure 14]
/interface list
add name=multiwan-wan comment="pcc_mangle: the links"
/interface list member
add list=multiwan-wan interface=ISP1 comment="pcc_mangle: ISP1"
add list=multiwan-wan interface=ISP2 comment="pcc_mangle: ISP2"
/ip firewall mangle
add chain=prerouting in-interface=!ISP2 dst-address=192.168.20.0/24 action=accept comment="pcc_mangle: bypass ISP2"
add chain=prerouting in-interface=!ISP1 dst-address=192.168.40.0/24 action=accept comment="pcc_mangle: bypass ISP1"
add chain=prerouting dst-address=172.16.10.0/24 action=accept comment="pcc_mangle: bypass LAN-Lt.1"
add chain=prerouting dst-address=172.16.20.0/24 action=accept comment="pcc_mangle: bypass LAN-Lt.2"
add chain=prerouting dst-address=172.16.30.0/24 action=accept comment="pcc_mangle: bypass LAN-Lt.3"
add chain=prerouting dst-address=10.10.0.0/24 action=accept comment="pcc_mangle: bypass LAN-Server"
# [figure 15]
add chain=prerouting in-interface=ISP1 connection-mark=no-mark action=mark-connection new-connection-mark=ISP-1 comment="pcc_mangle: from ISP1"
add chain=prerouting in-interface=ISP2 connection-mark=no-mark action=mark-connection new-connection-mark=ISP-2 comment="pcc_mangle: from ISP2"
# [figure 16]
add chain=prerouting in-interface=LAN-Lt.1 connection-state=new connection-mark=no-mark dst-address-type=!local per-connection-classifier=both-addresses-and-ports:2/0 action=mark-connection new-connection-mark=ISP-1 comment="pcc_mangle: LAN-Lt.1 bucket 2/0"
add chain=prerouting in-interface=LAN-Lt.1 connection-state=new connection-mark=no-mark dst-address-type=!local per-connection-classifier=both-addresses-and-ports:2/1 action=mark-connection new-connection-mark=ISP-2 comment="pcc_mangle: LAN-Lt.1 bucket 2/1"
add chain=prerouting in-interface=LAN-Lt.2 connection-state=new connection-mark=no-mark dst-address-type=!local per-connection-classifier=both-addresses-and-ports:2/0 action=mark-connection new-connection-mark=ISP-1 comment="pcc_mangle: LAN-Lt.2 bucket 2/0"
add chain=prerouting in-interface=LAN-Lt.2 connection-state=new connection-mark=no-mark dst-address-type=!local per-connection-classifier=both-addresses-and-ports:2/1 action=mark-connection new-connection-mark=ISP-2 comment="pcc_mangle: LAN-Lt.2 bucket 2/1"
add chain=prerouting in-interface=LAN-Lt.3 connection-state=new connection-mark=no-mark dst-address-type=!local per-connection-classifier=both-addresses-and-ports:2/0 action=mark-connection new-connection-mark=ISP-1 comment="pcc_mangle: LAN-Lt.3 bucket 2/0"
add chain=prerouting in-interface=LAN-Lt.3 connection-state=new connection-mark=no-mark dst-address-type=!local per-connection-classifier=both-addresses-and-ports:2/1 action=mark-connection new-connection-mark=ISP-2 comment="pcc_mangle: LAN-Lt.3 bucket 2/1"
add chain=prerouting in-interface=LAN-Server connection-state=new connection-mark=no-mark dst-address-type=!local per-connection-classifier=both-addresses-and-ports:2/0 action=mark-connection new-connection-mark=ISP-1 comment="pcc_mangle: LAN-Server bucket 2/0"
add chain=prerouting in-interface=LAN-Server connection-state=new connection-mark=no-mark dst-address-type=!local per-connection-classifier=both-addresses-and-ports:2/1 action=mark-connection new-connection-mark=ISP-2 comment="pcc_mangle: LAN-Server bucket 2/1"
# [figure 17]
add chain=prerouting in-interface=LAN-Lt.1 connection-mark=ISP-1 action=mark-routing new-routing-mark=to-ISP1 comment="pcc_mangle: LAN-Lt.1 to ISP1"
add chain=prerouting in-interface=LAN-Lt.1 connection-mark=ISP-2 action=mark-routing new-routing-mark=to-ISP2 comment="pcc_mangle: LAN-Lt.1 to ISP2"
add chain=prerouting in-interface=LAN-Lt.2 connection-mark=ISP-1 action=mark-routing new-routing-mark=to-ISP1 comment="pcc_mangle: LAN-Lt.2 to ISP1"
add chain=prerouting in-interface=LAN-Lt.2 connection-mark=ISP-2 action=mark-routing new-routing-mark=to-ISP2 comment="pcc_mangle: LAN-Lt.2 to ISP2"
add chain=prerouting in-interface=LAN-Lt.3 connection-mark=ISP-1 action=mark-routing new-routing-mark=to-ISP1 comment="pcc_mangle: LAN-Lt.3 to ISP1"
add chain=prerouting in-interface=LAN-Lt.3 connection-mark=ISP-2 action=mark-routing new-routing-mark=to-ISP2 comment="pcc_mangle: LAN-Lt.3 to ISP2"
add chain=prerouting in-interface=LAN-Server connection-mark=ISP-1 action=mark-routing new-routing-mark=to-ISP1 comment="pcc_mangle: LAN-Server to ISP1"
add chain=prerouting in-interface=LAN-Server connection-mark=ISP-2 action=mark-routing new-routing-mark=to-ISP2 comment="pcc_mangle: LAN-Server to ISP2"
# [figure 18]
add chain=output out-interface-list=multiwan-wan connection-mark=ISP-1 action=mark-routing new-routing-mark=to-ISP1 comment="pcc_mangle: router to ISP1"
add chain=output out-interface-list=multiwan-wan connection-mark=ISP-2 action=mark-routing new-routing-mark=to-ISP2 comment="pcc_mangle: router to ISP2"

# [figures 19 and 20]
/routing table
add name=to-ISP1 fib comment="failover_routes: to-ISP1"
add name=to-ISP2 fib comment="failover_routes: to-ISP2"
/ip route
add dst-address=0.0.0.0/0 gateway=192.168.40.1 routing-table=to-ISP1 check-gateway=ping comment="failover_routes: to-ISP1"
add dst-address=0.0.0.0/0 gateway=192.168.20.1 routing-table=to-ISP2 check-gateway=ping comment="failover_routes: to-ISP2"
add dst-address=0.0.0.0/0 gateway=192.168.40.1 distance=1 check-gateway=ping comment="failover_routes: main ISP1"
add dst-address=0.0.0.0/0 gateway=192.168.20.1 distance=2 check-gateway=ping comment="failover_routes: main ISP2"

# [figure 25; the scripts of figures 22 and 23 are compared by themselves]
/tool netwatch
add host=192.168.40.1 interval=10s comment="netwatch_telegram: ISP1"
add host=192.168.20.1 interval=10s comment="netwatch_telegram: ISP2"
