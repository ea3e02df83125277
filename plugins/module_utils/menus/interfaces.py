# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of interfaces, bridges, VLANs and interface lists.

Defaults of bridges and their ports as community.routeros and the manual's page on bridging give them; what depends on
the port or the version is kept as it is where an entry does not say it.
"""

from __future__ import annotations

from ..values import (
    Bool,
    Duration,
    Enum,
    Hex,
    ListOf,
    Mac,
    Match,
    Members,
    Name,
    Number,
    OneOf,
    Pattern,
    PortRange,
    Text,
)
from .base import COMMENT, DYNAMIC, INVALID, KEEP, RUNNING, Field, Menu, disabled, flag, told

_ARP = Field(
    "arp",
    Enum(("disabled", "enabled", "proxy-arp", "reply-only", "local-proxy-arp")),
    "How the interface answers questions for hardware addresses.",
    default="enabled",
)
_ARP_TIMEOUT = Field(
    "arp-timeout",
    OneOf((Enum(("auto",)), Duration()), "auto or a time such as 30s"),
    "How long a hardware address is remembered after it was last seen; C(auto) takes the time of the IP settings.",
    default="auto",
)
_LOOP_PROTECT = (
    Field(
        "loop-protect", Enum(("default", "off", "on")), "Whether a loop switches the interface off.", default="default"
    ),
    Field("loop-protect-send-interval", Duration(1), "How often the packets that find a loop are sent.", default="5s"),
    Field(
        "loop-protect-disable-time",
        Duration(),
        "How long an interface stays off after a loop was found; C(0s) means for ever.",
        default="5m",
    ),
)
_FRAMES = Enum(("admit-all", "admit-only-vlan-tagged", "admit-only-untagged-and-priority-tagged"))
_MTU_OR_AUTO = OneOf((Enum(("auto",)), Number(32, 65_535)), "auto or a size in bytes such as 1500")
_QUERIER = Enum(("disabled", "temporary-query", "permanent"))
_ADDRESS_OR_MAC = OneOf((Match(negatable=False), Mac()), "an IP or MAC address")

INTERFACE = Menu(
    path="interface",
    help="all interfaces of the router, of whatever kind",
    fields=(
        Field("name", Name(), "Name of the interface.", default=KEEP),
        Field("default-name", Name(), "Name that the interface has from the factory.", default=KEEP, writable=False),
        # the loopback interface has 65536
        Field(
            "mtu",
            OneOf((Enum(("auto",)), Number(32, 65_536)), "auto or a size in bytes such as 1500"),
            "Largest packet in bytes that leaves without being cut.",
            default=KEEP,
        ),
        Field("l2mtu", Number(0, 65_535), "Largest frame without its hardware header in bytes.", default=KEEP),
        COMMENT,
        disabled(),
        told("type", Text(), "Kind of the interface, such as C(ether) or C(bridge)."),
        told("actual-mtu", Number(), "Largest packet that is in use now."),
        told("mac-address", Mac(), "Hardware address."),
        told("last-link-up-time", Text(), "When the link last came up."),
        told("last-link-down-time", Text(), "When the link last went down."),
        told("link-downs", Number(maximum=2**64), "How often the link went down."),
        RUNNING,
        DYNAMIC,
        flag("slave", "Whether the interface is a port of another one."),
    ),
    keys=(("name",), ("default-name",)),
    fixed=True,
)

ETHERNET = Menu(
    path="interface ethernet",
    help="Ethernet and SFP ports",
    module="interface_ethernet",
    fields=(
        Field(
            "default-name",
            Name(),
            "Name that the port has from the factory, such as C(ether1); it says which port is meant and never changes.",
            default=KEEP,
            writable=False,
        ),
        Field("name", Name(), "Name of the port.", default=KEEP),
        Field("mtu", Number(68, 65_535), "Largest packet in bytes that leaves without being cut.", default="1500"),
        Field("l2mtu", Number(0, 65_535), "Largest frame without its hardware header in bytes.", default=KEEP),
        Field("mac-address", Mac(), "Hardware address that the port uses.", default=KEEP),
        Field("orig-mac-address", Mac(), "Hardware address that the port has from the factory.", default=KEEP),
        _ARP,
        _ARP_TIMEOUT,
        *_LOOP_PROTECT,
        Field(
            "disable-running-check",
            Bool(),
            "Whether the port counts as running without a link; for network cards that do not tell.",
            default=KEEP,
        ),
        Field("auto-negotiation", Bool(), "Whether both ends agree on the speed by themselves.", default="yes"),
        Field("advertise", ListOf(Text()), "Speeds that are offered to the other end.", default=KEEP),
        Field("speed", Text(), "Speed of the port where it is not negotiated.", default=KEEP),
        Field("tx-flow-control", Enum(("off", "on", "auto")), "Whether pause frames are sent.", default="off"),
        Field("rx-flow-control", Enum(("off", "on", "auto")), "Whether pause frames are obeyed.", default="off"),
        Field("cable-settings", Enum(("short", "standard", "default")), "How long the cable is.", default=KEEP),
        Field("mdix-enable", Bool(), "Whether crossed and straight cables are told apart.", default=KEEP),
        Field("combo-mode", Enum(("auto", "copper", "sfp")), "Which socket of a combined port is used.", default=KEEP),
        Field("fec-mode", Enum(("off", "auto", "fec74", "fec91")), "How errors on fibre are corrected.", default=KEEP),
        Field("sfp-rate-select", Enum(("high", "low")), "Rate that is asked of an SFP module.", default=KEEP),
        Field(
            "sfp-ignore-rx-los",
            Bool(),
            "Whether an SFP module's report of a lost signal is ignored.",
            default=KEEP,
            since=(7, 15),
        ),
        Field(
            "sfp-shutdown-temperature",
            Number(0, 255),
            "Temperature in degrees Celsius at which an SFP module is switched off.",
            default=KEEP,
        ),
        Field(
            "bandwidth",
            Pattern(r"(unlimited|\d+[kMG]?)(/(unlimited|\d+[kMG]?))?", "receive/transmit such as 10M/unlimited"),
            "Highest rates that the port takes in and gives out.",
            default=KEEP,
            device="switch",
        ),
        Field(
            "poe-out",
            Enum(("off", "auto-on", "forced-on", "forced-on-a", "forced-on-bt")),
            "Whether the port feeds the other end with power.",
            default=KEEP,
            device="poe",
        ),
        Field("poe-voltage", Enum(("auto", "low", "high")), "Voltage of the power.", default=KEEP, device="poe"),
        Field(
            "poe-priority",
            Number(0, 99),
            "Which ports lose power first when there is not enough; the highest number goes first.",
            default=KEEP,
            device="poe",
        ),
        Field(
            "power-cycle-ping-enabled",
            Bool(),
            "Whether a device that no longer answers is switched off and on.",
            default=KEEP,
            device="poe",
        ),
        Field("power-cycle-ping-address", _ADDRESS_OR_MAC, "Device that is watched.", default=KEEP, device="poe"),
        Field(
            "power-cycle-ping-timeout",
            Duration(),
            "How long the device may stay silent.",
            default=KEEP,
            device="poe",
        ),
        Field(
            "power-cycle-interval",
            OneOf((Enum(("none",)), Duration()), "none or a time such as 1d"),
            "How often power is switched off for a moment in any case.",
            default=KEEP,
            device="poe",
        ),
        Field(
            "passthrough-interface",
            Name(),
            "Interface that a PCI Express host sees as this port.",
            default=KEEP,
            refers=("interface",),
            literals=("none",),
            device="pcie_passthrough",
        ),
        COMMENT,
        disabled(),
        RUNNING,
        flag("slave", "Whether the port belongs to a bridge or a bond."),
        told("switch", Name(), "Switch chip that the port belongs to."),
        told("loop-protect-status", Enum(("off", "on", "disabled")), "What the search for loops found."),
    ),
    keys=(("default-name",), ("name",)),
    fixed=True,
    unsettable=True,
)

BRIDGE = Menu(
    path="interface bridge",
    help="bridges, which join ports to one network",
    fields=(
        Field("name", Name(), "Name of the bridge.", default=KEEP),
        Field("mtu", _MTU_OR_AUTO, "Largest packet in bytes; C(auto) takes the smallest of the ports.", default="auto"),
        _ARP,
        _ARP_TIMEOUT,
        Field(
            "protocol-mode",
            Enum(("none", "stp", "rstp", "mstp")),
            "Spanning tree protocol that keeps the network free of loops.",
            default="rstp",
        ),
        Field("fast-forward", Bool(), "Whether a bridge of two ports takes a shorter way.", default="yes"),
        Field("igmp-snooping", Bool(), "Whether multicast goes only to ports that asked for it.", default="no"),
        Field("multicast-router", _QUERIER, "Whether multicast routers are found behind the bridge.", default=KEEP),
        Field("multicast-querier", Bool(), "Whether the bridge asks who wants multicast.", default="no"),
        Field("startup-query-count", Number(), "How many questions are asked at the start.", default=KEEP),
        Field("last-member-query-count", Number(), "How many questions follow a leaving member.", default=KEEP),
        Field("last-member-interval", Duration(1), "How far those questions are apart.", default=KEEP),
        Field("membership-interval", Duration(1), "How long a member counts without being heard.", default=KEEP),
        Field("querier-interval", Duration(1), "How long another asking router counts.", default=KEEP),
        Field("query-interval", Duration(1), "How far the usual questions are apart.", default=KEEP),
        Field("query-response-interval", Duration(1), "How long members may wait with an answer.", default=KEEP),
        Field("startup-query-interval", Duration(1), "How far questions at the start are apart.", default=KEEP),
        Field("igmp-version", Enum(("2", "3")), "Version of the questions over IPv4.", default=KEEP),
        Field("mld-version", Enum(("1", "2")), "Version of the questions over IPv6.", default=KEEP),
        Field("auto-mac", Bool(), "Whether the bridge takes the hardware address of a port.", default="yes"),
        Field("admin-mac", Mac(), "Hardware address of the bridge where it is not taken from a port.", default=KEEP),
        Field("ageing-time", Duration(10), "How long a host is remembered that is not heard of.", default="5m"),
        Field("priority", Hex(), "Rank of the bridge in the spanning tree; the lowest is the root.", default=KEEP),
        Field("max-message-age", Duration(6, 40), "How long news of the root bridge stays true.", default=KEEP),
        Field("forward-delay", Duration(4, 30), "How long a port listens before it forwards.", default=KEEP),
        Field("transmit-hold-count", Number(1, 10), "How many spanning tree messages leave a second.", default=KEEP),
        Field("region-name", Text(), "Name of the MSTP region.", default=KEEP),
        Field("region-revision", Number(0, 65_535), "Revision of the MSTP region.", default=KEEP),
        Field("max-hops", Number(6, 40), "How many bridges an MSTP message passes.", default=KEEP),
        Field("vlan-filtering", Bool(), "Whether the bridge looks at VLAN tags.", default="no"),
        Field("ether-type", Hex(choices=("0x8100", "0x88a8", "0x9100")), "Type that marks a VLAN tag.", default=KEEP),
        Field("pvid", Number(1, 4094), "VLAN of what comes without a tag from the bridge itself.", default=KEEP),
        Field("frame-types", _FRAMES, "Which frames the bridge itself takes.", default=KEEP),
        Field(
            "ingress-filtering", Bool(), "Whether frames of VLANs that the bridge has not are dropped.", default=KEEP
        ),
        Field("dhcp-snooping", Bool(), "Whether DHCP answers pass only from trusted ports.", default="no"),
        Field(
            "add-dhcp-option82", Bool(), "Whether DHCP questions are told the port.", default=KEEP, until=(7, 22, 99)
        ),
        Field("dhcp-agent-circuit-id", Text(), "Port as DHCP questions tell it.", default=KEEP, since=(7, 24)),
        Field("dhcp-agent-remote-id", Text(), "Bridge as DHCP questions tell it.", default=KEEP, since=(7, 24)),
        Field("dhcpv6-snooping", Bool(), "The same for DHCP of IPv6.", default=KEEP, since=(7, 24)),
        Field("dhcpv6-agent-circuit-id", Text(), "Port as DHCPv6 questions tell it.", default=KEEP, since=(7, 24)),
        Field("dhcpv6-agent-remote-id", Text(), "Bridge as DHCPv6 questions tell it.", default=KEEP, since=(7, 24)),
        Field("ra-guard", Bool(), "Whether IPv6 routers are heard only at trusted ports.", default=KEEP, since=(7, 22)),
        Field("port-cost-mode", Enum(("short", "long")), "Scale of the path costs.", default=KEEP, since=(7, 13)),
        Field("mvrp", Bool(), "Whether VLANs are registered by protocol.", default=KEEP, since=(7, 15)),
        Field(
            "forward-reserved-addresses",
            Bool(),
            "Whether frames to the reserved addresses 01:80:C2:00:00:0X pass.",
            default=KEEP,
            since=(7, 16),
        ),
        Field(
            "max-learned-entries",
            OneOf((Enum(("auto", "unlimited")), Number()), "auto, unlimited or a number"),
            "How many hosts are remembered.",
            default=KEEP,
            since=(7, 16),
        ),
        Field(
            "mlag-peer-port",
            Name(),
            "Port to the other bridge of a pair.",
            default=KEEP,
            refers=("interface",),
            literals=("none",),
            since=(7, 22),
        ),
        Field("mlag-priority", Number(0, 255), "Rank of the bridge in a pair.", default=KEEP, since=(7, 22)),
        Field(
            "mlag-heartbeat",
            OneOf((Enum(("none",)), Duration(1, 10)), "none or a time from 1s to 10s"),
            "How often the bridges of a pair greet each other.",
            default=KEEP,
            since=(7, 22),
        ),
        Field(
            "querier-uses-bridge-address",
            Bool(),
            "Whether questions bear the bridge's address.",
            default=KEEP,
            since=(7, 24),
        ),
        COMMENT,
        disabled(),
        told("actual-mtu", Number(), "Largest packet that is in use now."),
        told("l2mtu", Number(), "Largest frame without its hardware header."),
        told("mac-address", Mac(), "Hardware address that is in use now."),
        RUNNING,
        DYNAMIC,
    ),
    keys=(("name",),),
)

_STATES = Enum(("normal-participant", "non-participant"))
BRIDGE_PORT = Menu(
    path="interface bridge port",
    help="interfaces that are ports of a bridge",
    fields=(
        Field(
            "interface",
            Name(),
            "Interface that joins the bridge, or a list of interfaces that all join it.",
            required=True,
            refers=("interface", "interface list"),
        ),
        Field("bridge", Name(), "Bridge that the interface joins.", required=True, refers=("interface bridge",)),
        Field("priority", Hex(240), "Rank of the port in the spanning tree.", default=KEEP),
        Field("path-cost", Number(), "Cost of the way through the port.", default=KEEP),
        Field("internal-path-cost", Number(), "Cost of that way inside an MSTP region.", default=KEEP),
        Field(
            "edge",
            Enum(("auto", "yes", "no", "yes-discover", "no-discover")),
            "Whether only hosts, no bridges, stand behind the port.",
            default="auto",
        ),
        Field(
            "point-to-point", Enum(("auto", "yes", "no")), "Whether one single bridge stands behind it.", default="auto"
        ),
        Field("learn", Enum(("auto", "yes", "no")), "Whether the port remembers the hosts behind it.", default="auto"),
        Field(
            "horizon",
            OneOf((Enum(("none",)), Number()), "none or a number"),
            "Ports of one number do not talk to each other.",
            default="none",
        ),
        Field("hw", Bool(), "Whether a switch chip does the forwarding.", default="yes"),
        Field("auto-isolate", Bool(), "Whether a port stays shut until spanning tree news arrive.", default="no"),
        Field("restricted-role", Bool(), "Whether the port never leads to the root.", default="no"),
        Field("restricted-tcn", Bool(), "Whether changes of the network are not told on.", default="no"),
        Field("pvid", Number(1, 4094), "VLAN of frames that come without a tag.", default="1"),
        Field("frame-types", _FRAMES, "Which frames the port takes.", default="admit-all"),
        Field("ingress-filtering", Bool(), "Whether frames of VLANs that the port has not are dropped.", default=KEEP),
        Field("unknown-unicast-flood", Bool(), "Whether frames to unknown hosts leave here.", default="yes"),
        Field("unknown-multicast-flood", Bool(), "Whether multicast that nobody asked for leaves here.", default="yes"),
        Field("broadcast-flood", Bool(), "Whether frames to everybody leave here.", default="yes"),
        Field("tag-stacking", Bool(), "Whether every frame gets a tag more.", default="no"),
        Field("bpdu-guard", Bool(), "Whether spanning tree messages shut the port.", default="no"),
        Field("trusted", Bool(), "Whether DHCP servers may stand behind the port.", default="no"),
        Field("trusted-ra", Bool(), "Whether IPv6 routers may stand behind it.", default=KEEP, since=(7, 22)),
        Field("trusted-dhcpv6", Bool(), "Whether DHCPv6 servers may stand behind it.", default=KEEP, since=(7, 24)),
        Field("mvrp-applicant-state", _STATES, "Whether VLANs are declared.", default=KEEP, since=(7, 15)),
        Field(
            "mvrp-registrar-state",
            Enum(("normal", "fixed")),
            "Whether VLANs are taken up.",
            default=KEEP,
            since=(7, 15),
        ),
        Field("multicast-router", _QUERIER, "Whether a multicast router stands behind the port.", default=KEEP),
        Field("fast-leave", Bool(), "Whether a leaving member is dropped at once.", default="no"),
        COMMENT,
        disabled(),
        told("status", Text(), "Whether the port is in the bridge."),
        told("role", Text(), "Role of the port in the spanning tree."),
        flag("hw-offload", "Whether a switch chip does the forwarding now."),
        flag("inactive", "Whether the port is not in use."),
        DYNAMIC,
    ),
    keys=(("interface",),),
    # Rows can be moved, but their order only numbers the ports. To move them would shuffle numbers that the spanning tree
    # and the bridge's own hardware address go by, for nothing that an entry says.
    ordered=False,
)

_MEMBERS = ("interface", "interface list")
BRIDGE_VLAN = Menu(
    path="interface bridge vlan",
    help="VLANs of a bridge and the ports that carry them",
    fields=(
        Field("bridge", Name(), "Bridge that has the VLANs.", required=True, refers=("interface bridge",)),
        Field("vlan-ids", ListOf(PortRange(4094)), "Numbers of the VLANs.", required=True),
        Field("tagged", ListOf(Name()), "Ports that carry the VLANs with a tag.", default="", refers=_MEMBERS),
        Field("untagged", ListOf(Name()), "Ports that carry the VLANs without a tag.", default="", refers=_MEMBERS),
        Field(
            "mvrp-forbidden",
            ListOf(Name()),
            "Ports that never join by protocol.",
            default="",
            refers=_MEMBERS,
            since=(7, 15),
        ),
        COMMENT,
        disabled(),
        told("current-tagged", ListOf(Name()), "Ports that carry the VLANs with a tag now."),
        told("current-untagged", ListOf(Name()), "Ports that carry the VLANs without a tag now."),
        DYNAMIC,
    ),
    keys=(("bridge", "vlan-ids"),),
)

VLAN = Menu(
    path="interface vlan",
    help="interfaces for one VLAN of another interface",
    fields=(
        Field("name", Name(), "Name of the interface.", default=KEEP),
        Field("interface", Name(), "Interface that carries the VLAN.", required=True, refers=("interface",)),
        Field("vlan-id", Number(1, 4095), "Number of the VLAN.", required=True),
        Field("mtu", Number(32, 65_535), "Largest packet in bytes that leaves without being cut.", default="1500"),
        _ARP,
        _ARP_TIMEOUT,
        *_LOOP_PROTECT,
        Field("use-service-tag", Bool(), "Whether the tag is a service tag of 802.1ad.", default="no"),
        Field("mvrp", Bool(), "Whether the VLAN is registered by protocol.", default=KEEP, since=(7, 15)),
        Field(
            "l3-hw-offloading",
            Bool(),
            "Whether a switch chip routes for the interface.",
            default=KEEP,
            device="crs_prestera",
        ),
        COMMENT,
        disabled(),
        told("l2mtu", Number(), "Largest frame without its hardware header."),
        told("mac-address", Mac(), "Hardware address."),
        RUNNING,
    ),
    keys=(("name",), ("interface", "vlan-id")),
)

BUILTIN_LISTS = ("all", "none", "dynamic", "static")
LIST = Menu(
    path="interface list",
    help="lists of interfaces, for rules that speak of several at once",
    module="interface_list",
    fields=(
        Field("name", Name(), "Name of the list.", required=True),
        Field(
            "include",
            ListOf(Name()),
            "Lists whose members this one has too.",
            default="",
            refers=("interface list",),
            literals=BUILTIN_LISTS,
        ),
        Field(
            "exclude",
            ListOf(Name()),
            "Lists whose members this one never has.",
            default="",
            refers=("interface list",),
            literals=BUILTIN_LISTS,
        ),
        COMMENT,
        flag("builtin", "Whether the list comes with the router."),
        DYNAMIC,
    ),
    keys=(("name",),),
)

_SIZE_OR_AUTO = OneOf((Enum(("auto",)), Number(64, 65_535)), "auto or a size in bytes such as 1492")
PPPOE = Menu(
    path="interface pppoe-client",
    help="PPPoE clients, which log in at a provider and get the router an address",
    fields=(
        Field("name", Name(), "Name of the interface.", default=KEEP),
        Field("interface", ListOf(Name()), "Interfaces that lead to the provider.", default="", refers=("interface",)),
        Field("user", Text(), "Name that the provider gave.", default=""),
        Field(
            "password",
            Text(),
            "Password that the provider gave. Newer routers do not tell it, so it is written for a new client and along "
            "with any other change, but is no change by itself.",
            default=KEEP,
            secret=True,
            unread=True,
        ),
        Field("max-mtu", _SIZE_OR_AUTO, "Largest packet that is sent.", default="auto"),
        Field("max-mru", _SIZE_OR_AUTO, "Largest packet that is taken.", default="auto"),
        Field(
            "mrru",
            OneOf((Enum(("disabled",)), Number(512, 65_535)), "disabled or a size from 512"),
            "Largest packet that is put together from pieces of several links.",
            default="disabled",
        ),
        Field("profile", Name(), "Profile of PPP with further settings.", default="default"),
        Field(
            "keepalive-timeout",
            OneOf((Enum(("disabled",)), Number(0, 65_535)), "disabled or a number of seconds"),
            "Seconds without an answer after which the line counts as down.",
            default=KEEP,
        ),
        Field("service-name", Text(), "Service that is asked for; none takes any.", default=""),
        Field("ac-name", Text(), "Server that is asked for; none takes any.", default=""),
        Field("add-default-route", Bool(), "Whether a default route through the provider is added.", default="no"),
        Field("default-route-distance", Number(0, 255), "Distance of that default route.", default=KEEP),
        Field("dial-on-demand", Bool(), "Whether the line is set up only when something is to be sent.", default="no"),
        Field("use-peer-dns", Bool(), "Whether the provider's name servers are used.", default="no"),
        Field(
            "allow",
            Members(("pap", "chap", "mschap1", "mschap2")),
            "Ways to prove the password that are allowed.",
            default="pap,chap,mschap1,mschap2",
        ),
        Field("host-uniq", Text(), "Mark that tells sessions of one host apart.", default=""),
        COMMENT,
        disabled(explicit=True),
        RUNNING,
        INVALID,
    ),
    keys=(("name",),),
    unsettable=True,
)

LIST_MEMBER = Menu(
    path="interface list member",
    help="interfaces that are members of a list",
    module="interface_list_member",
    fields=(
        Field("list", Name(), "List that the interface joins.", required=True, refers=("interface list",)),
        Field("interface", Name(), "Interface that joins the list.", required=True, refers=("interface",)),
        COMMENT,
        disabled(),
        DYNAMIC,
    ),
    keys=(("list", "interface"),),
)

MENUS = (INTERFACE, ETHERNET, BRIDGE, BRIDGE_PORT, BRIDGE_VLAN, VLAN, PPPOE, LIST, LIST_MEMBER)
