"""Which addresses may be called."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.border.fetch.addresses import objection
from shared.settings.setting import networks

REFUSED = [
    ("0.0.0.0", "unspecified"),
    ("0.1.2.3", "reserved"),
    ("10.0.0.3", "private"),
    ("100.64.0.1", "private to a carrier"),
    ("100.127.255.255", "private to a carrier"),
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("169.254.169.254", "link-local"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.0.0.9", "for protocols"),
    ("192.0.2.1", "for documentation"),
    ("192.88.99.1", "a 6to4 relay"),
    ("192.168.1.1", "private"),
    ("198.19.255.255", "for benchmarks"),
    ("198.51.100.1", "for documentation"),
    ("203.0.113.1", "for documentation"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.250", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "broadcast"),
    ("::", "unspecified"),
    ("::1", "loopback"),
    ("::127.0.0.1", "an IPv4 address in disguise"),
    ("::8.8.8.8", "an IPv4 address in disguise"),
    ("::ffff:127.0.0.1", "loopback"),
    ("::ffff:10.0.0.3", "private"),
    ("::ffff:169.254.169.254%eth0", "link-local"),
    ("::ffff:0:127.0.0.1", "not public"),
    ("64:ff9b::8.8.8.8", "an IPv4 address behind NAT64"),
    ("64:ff9b:1::10.0.0.3", "an IPv4 address behind NAT64"),
    ("100::1", "not public"),
    ("2001::1", "a Teredo tunnel"),
    ("2001:2::1", "for protocols"),
    ("2001:1ff:ffff::1", "for protocols"),
    ("2001:db8::1", "for documentation"),
    ("2002:a00:3::1", "a 6to4 tunnel"),
    ("3fff:fff::1", "for documentation"),
    ("4000::1", "not public"),
    ("5f00::1", "for segment routing"),
    ("fc00::1", "private"),
    ("fdff::1", "private"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local"),
    ("febf::1", "link-local"),
    ("fec0::1", "site-local"),
    ("ff02::1", "multicast"),
]
# Well-known servers, and the neighbours of every range above.
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "2001:4860:4860::8888",
    "2606:4700:4700::1111",
    "::ffff:8.8.8.8",
    "1.0.0.0",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "191.255.255.255",
    "192.0.1.0",
    "192.0.1.255",
    "192.0.3.0",
    "192.88.98.255",
    "192.88.100.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "198.51.99.255",
    "198.51.101.0",
    "203.0.112.255",
    "203.0.114.0",
    "223.255.255.255",
    "2000::",
    "2001:200::",
    "2001:db7:ffff::1",
    "2001:db9::",
    "2003::",
    "3fff:1000::",
]


@pytest.mark.parametrize(("address", "what"), REFUSED)
def test_an_address_that_is_not_public_is_refused_by_name(address: str, what: str) -> None:
    assert objection(address) == what


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_called(address: str) -> None:
    assert objection(address) is None


@given(st.ip_addresses())
@example(IPv6Address("::ffff:192.168.0.1"))
def test_whatever_python_calls_special_is_refused(ip: IPv4Address | IPv6Address) -> None:
    inner = ip.ipv4_mapped or ip if isinstance(ip, IPv6Address) else ip
    special = (
        inner.is_private
        or inner.is_loopback
        or inner.is_link_local
        or inner.is_multicast
        or inner.is_reserved
        or inner.is_unspecified
    )

    assert not special or objection(str(ip)) is not None


@given(st.ip_addresses(v=4))
def test_an_address_and_its_ipv6_form_are_judged_alike(ip: IPv4Address) -> None:
    assert objection(f"::ffff:{ip}") == objection(str(ip))


def test_what_is_allowed_may_be_called_and_its_neighbours_not() -> None:
    allowed = networks("10.1.0.0/16, ::1/128,192.168.0.7")

    assert objection("10.1.255.255", allowed) is None
    assert objection("::ffff:10.1.0.1", allowed) is None
    assert objection("::1", allowed) is None
    assert objection("192.168.0.7", allowed) is None
    assert objection("10.2.0.0", allowed) == "private"
    assert objection("192.168.0.8", allowed) == "private"
