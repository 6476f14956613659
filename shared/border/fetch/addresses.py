"""Which addresses may be called for URLs of others (SSRF): those of the public internet."""

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Network = IPv4Network | IPv6Network

# Python's own flags differ between its versions and miss some of these. The first match counts.
# https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry
_SPECIAL = {
    ip_network(network): what
    for network, what in {
        "0.0.0.0/32": "unspecified",
        "0.0.0.0/8": "reserved",
        "10.0.0.0/8": "private",
        "100.64.0.0/10": "private to a carrier",
        "127.0.0.0/8": "loopback",
        "169.254.0.0/16": "link-local",  # a cloud's metadata service is 169.254.169.254
        "172.16.0.0/12": "private",
        "192.0.0.0/24": "for protocols",
        "192.0.2.0/24": "for documentation",
        "192.88.99.0/24": "a 6to4 relay",
        "192.168.0.0/16": "private",
        "198.18.0.0/15": "for benchmarks",
        "198.51.100.0/24": "for documentation",
        "203.0.113.0/24": "for documentation",
        "224.0.0.0/4": "multicast",
        "255.255.255.255/32": "broadcast",
        "240.0.0.0/4": "reserved",
        "::/128": "unspecified",
        "::1/128": "loopback",
        "::/96": "an IPv4 address in disguise",
        "64:ff9b::/96": "an IPv4 address behind NAT64",
        "64:ff9b:1::/48": "an IPv4 address behind NAT64",
        "2001::/32": "a Teredo tunnel",
        "2001::/23": "for protocols",
        "2001:db8::/32": "for documentation",
        "2002::/16": "a 6to4 tunnel",
        "3fff::/20": "for documentation",
        "5f00::/16": "for segment routing",
        "fc00::/7": "private",
        "fe80::/10": "link-local",
        "fec0::/10": "site-local",
        "ff00::/8": "multicast",
    }.items()
}


def objection(address: str, allowed: Iterable[Network] = ()) -> str | None:
    """What is wrong with an address ("private", "loopback" ...), or None: it may be called."""
    ip = _unwrapped(address)
    if any(ip in network for network in allowed):
        return None
    for network, what in _SPECIAL.items():
        if ip in network:
            return what
    public = ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)
    return None if public else "not public"


def _unwrapped(address: str) -> IPv4Address | IPv6Address:
    """As IPv4, where that is what it holds (::ffff:10.0.0.1)."""
    ip = ip_address(address)
    return ip.ipv4_mapped or ip if isinstance(ip, IPv6Address) else ip
