"""Which addresses may be asked: public ones of the web, and no others, however they are written."""

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import quote, urlsplit

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], list[str]]
"""A host name and port -> the addresses that the name stands for, as text."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_FIRST_HIGH_PORT = 1024
_NAME = re.compile(r"(?=.{4,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_LOCAL_NAMES = (
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "home.arpa",
    "onion",
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_TUNNELS = tuple(map(IPv6Network, ("2001::/32", "2002::/16", "2001:10::/28", "2001:20::/28", "2001:db8::/32")))
"""Networks whose addresses hide an IPv4 address or nobody's: Teredo, 6to4, ORCHID, documentation."""
_SPECIAL = tuple(map(IPv4Network, ("192.0.0.0/24", "192.88.99.0/24", "100.64.0.0/10", "198.18.0.0/15")))
"""IPv4 networks of protocols, relays, carriers and benchmarks, which not every Python counts as private."""


class RefusedError(Exception):
    """A URL that may not be asked; the message is a sentence."""


@dataclass(frozen=True)
class Target:
    """A URL taken apart: an ASCII host name or address without brackets, a port, and path with query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def read_target(url: str) -> Target:
    """Take a URL apart.

    Raises
    ------
    RefusedError
        It is no plain web address: another scheme, a user name, an odd port, or a host that is no public name.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        raise RefusedError("The address cannot be read.") from None
    if parts.scheme not in _DEFAULT_PORTS or re.search(r"[\x00-\x20\x7f\\]", url):
        raise RefusedError("It is no web address.")
    if "@" in parts.netloc:
        raise RefusedError("The address holds a user name or password.")
    port = port if port is not None else _DEFAULT_PORTS[parts.scheme]
    if port not in _DEFAULT_PORTS.values() and port < _FIRST_HIGH_PORT:
        raise RefusedError("The port is none of a web server.")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._", errors="replace")
    query = quote(parts.query, safe="/?%:@!$&'()*+,;=~-._", errors="replace")
    return Target(parts.scheme, _read_host(host), port, path + (f"?{query}" if query else ""))


def _read_host(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        pass
    else:
        if not is_public(address):
            raise RefusedError("The address is not a public one.")
        return str(address)
    try:
        name = host.encode("ascii").decode() if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        raise RefusedError("The host's name cannot be read.") from None
    name = name.lower()
    if not _NAME.fullmatch(name) or any(name == local or name.endswith(f".{local}") for local in _LOCAL_NAMES):
        raise RefusedError("The host is not a public one.")
    return name


def is_public(address: Address) -> bool:
    """Whether anyone on the internet may be meant by an address, and nobody on this machine or network."""
    if isinstance(address, IPv6Address):
        if address.scope_id or address not in _GLOBAL_UNICAST or any(address in net for net in _TUNNELS):
            return False
    elif any(address in network for network in _SPECIAL):
        return False
    private = address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
    return address.is_global and not (private or address.is_reserved or address.is_unspecified)


def find_address(target: Target, resolve: Resolve, allowed: Callable[[Address], bool] = is_public) -> Address:
    """The address to connect to, once: every address that the name stands for has to be public.

    Raises
    ------
    RefusedError
        The name is not known, or stands for an address that is not public.
    """
    try:
        found = [ip_address(text.partition("%")[0]) if "%" not in text else None for text in _all(target, resolve)]
    except (OSError, ValueError, UnicodeError):
        found = []
    if not found:
        raise RefusedError("The host is not known.")
    if any(address is None or not allowed(address) for address in found):
        raise RefusedError("The host stands for an address that is not public.")
    return next(address for address in found if address is not None)


def _all(target: Target, resolve: Resolve) -> list[str]:
    try:
        return [str(ip_address(target.host))]
    except ValueError:
        return resolve(target.host, target.port)


def resolve_name(host: str, port: int) -> list[str]:
    """Ask the system for a name's addresses, IPv4 first."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in sorted(found, key=lambda entry: entry[0] != socket.AF_INET)]
