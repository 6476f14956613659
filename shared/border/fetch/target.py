"""A URL that we may call, parsed once, so that all steps use the same parts."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Self
from urllib.parse import quote, urljoin, urlsplit

import idna

from shared.border.fetch.errors import Blocked

_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")
_LONGEST = 253  # characters of a name, RFC 1035
_KEPT = "%/:?#[]@!$&'()*+,;=~"  # what quoting leaves alone: the URL's own punctuation


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes."""

    scheme: str  # http or https
    host: str  # ASCII; an IPv6 address without brackets and zone
    port: int
    path: str  # with the query, percent-encoded

    @classmethod
    def of(cls, url: str) -> Self:
        """The target of an absolute URL. Raises Blocked."""
        if not url.isprintable() or " " in url:
            raise Blocked("the URL has spaces or control characters in it")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise Blocked("the URL is malformed") from error
        if parts.scheme not in _PORTS:
            raise Blocked("the URL begins with neither http:// nor https://")
        if "@" in parts.netloc:
            raise Blocked("the URL has a user or a password in it")
        if port == 0:
            raise Blocked("the URL names port 0")
        path = quote(parts.path or "/", safe=_KEPT)
        query = "?" + quote(parts.query, safe=_KEPT) if parts.query else ""
        return cls(
            parts.scheme, _host(parts.hostname or ""), port or _PORTS[parts.scheme], path + query
        )

    def onward(self, location: str) -> Self:
        """The target of a redirect, whose Location header may be relative. Raises Blocked."""
        try:  # a header's characters are bytes, and are passed on as they came
            onward = self.of(urljoin(self.url, quote(location.encode("latin-1"), safe=_KEPT)))
        except ValueError as error:
            raise Blocked(f"{self.host} redirects to a malformed URL") from error
        except Blocked as error:
            raise Blocked(f"{self.host} redirects: {error.sentence}") from error
        if self.scheme == "https" and onward.scheme == "http":
            raise Blocked(f"{self.host} redirects from https to http")
        return onward

    @property
    def authority(self) -> str:
        """The Host header: the port is in it if it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole, without a fragment."""
        return f"{self.scheme}://{self.authority}{self.path}"


def _host(written: str) -> str:
    """The host in ASCII; other spellings of IP addresses are left to the look-up."""
    if not written:
        raise Blocked("the URL names no host")
    try:
        if ":" in written:
            return str(IPv6Address(written.partition("%")[0]))
        host = _in_ascii(written).lower()
    except ValueError as error:  # an IDNAError is one
        raise Blocked(f"{written[:_LONGEST]!r} is not a host") from error
    if len(host) > _LONGEST or not _NAME.fullmatch(host):
        raise Blocked(f"{host[:_LONGEST]!r} is not a host")
    return host


def _in_ascii(written: str) -> str:
    """A host's name as DNS knows it, by UTS 46 without its transitional rules, as browsers do.

    IDNA 2003, which Python's own codec speaks, makes "fass" of "faß": another owner's name. Raises
    ValueError for what is no name.
    """
    if written.isascii():
        return written
    mapped = idna.uts46_remap(written, std3_rules=False, transitional=False)
    return mapped if mapped.isascii() else idna.encode(mapped).decode()
