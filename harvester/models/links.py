"""Links that a group gives, their kinds, and what answered when. A dead link is a fact with a time, no verdict."""

import ipaddress
import re
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

NOT_ASKED = "Not asked."
_GONE = (404, 410)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class LinkKind(StrEnum):
    """What a link leads to, by its address alone."""

    SERVICE = "service"
    WANDB = "wandb"
    WORKFLOW_RUN = "workflow_run"
    IMAGE = "image"
    OTHER = "other"


class LinkAnswer(_Frozen):
    """What became of one question to a link. `status` is None where nothing answered; `reason` then says why."""

    url: str
    asked_at: datetime
    status: int | None = None
    reason: str = ""
    method: str = ""
    final_url: str | None = None
    """Where redirects led, where they did."""


class Link(_Frozen):
    """One link, where it stands first, and the answers to it, oldest first (none where links are not asked)."""

    url: str
    kind: LinkKind
    path: str
    line: int | None = None
    question: int | None = None
    answers: tuple[LinkAnswer, ...] = ()

    @property
    def dead(self) -> bool:
        """Whether it was asked, and nothing was there any time. A server that refuses us (401, 403, ...) is there."""
        asked = [one for one in self.answers if not one.reason.startswith(NOT_ASKED)]
        return bool(asked) and not any(one.status and one.status not in _GONE and one.status < 500 for one in asked)


LONGEST_URL = 2_000
_URL = re.compile(r"https?://[^\s<>\"'`|\\^{}\x00-\x1f\x7f-\x9f]{1,3000}", re.IGNORECASE)
_IMAGE = re.compile(r"\.(?:png|jpe?g|gif|webp|svg)$", re.IGNORECASE)
_RUN = re.compile(r"/[^/]+/[^/]+/actions/runs/\d+")
_SERVICES = (
    "run.app",
    "cloudfunctions.net",
    "appspot.com",
    "web.app",
    "firebaseapp.com",
    "streamlit.app",
    "streamlitapp.com",
    "hf.space",
    "azurewebsites.net",
    "azurecontainerapps.io",
    "azurecontainer.io",
    "amazonaws.com",
    "awsapprunner.com",
    "onrender.com",
    "vercel.app",
    "netlify.app",
    "herokuapp.com",
    "fly.dev",
    "railway.app",
    "koyeb.app",
    "modal.run",
    "replit.app",
    "gradio.live",
    "ngrok.io",
    "ngrok.app",
    "ngrok-free.app",
    "pythonanywhere.com",
)
"""Domains under which anyone's service runs."""
_IMAGE_HOSTS = ("img.shields.io", "user-images.githubusercontent.com")


def find_urls(text: str) -> Iterator[tuple[int, str]]:
    """The web addresses of a text with their lines, counted from 0; what Markdown puts around them is left out."""
    for number, line in enumerate(text.splitlines()):
        for found in _URL.finditer(line):
            url = _trim(found[0])
            if len(url) <= LONGEST_URL and _host(url):
                yield number, url


def _trim(url: str) -> str:
    """Without the punctuation and closing brackets that end a sentence or a Markdown link."""
    while True:
        shorter = url.rstrip(".,;:!?*_~")
        for close, opens in ((")", "("), ("]", "[")):
            cut = _unbalanced(shorter, opens, close)
            shorter = shorter[:cut] if cut is not None else shorter
        if shorter == url:
            return url
        url = shorter


def _unbalanced(text: str, opens: str, close: str) -> int | None:
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == opens) - (letter == close)
        if depth < 0:
            return place
    return None


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def classify_url(url: str) -> LinkKind:
    """What kind of link it is, by host and path."""
    host = _host(url)
    try:
        path = urlsplit(url).path
    except ValueError:
        return LinkKind.OTHER
    if _under(host, "wandb.ai") or _under(host, "wandb.com"):
        return LinkKind.WANDB
    if host == "github.com" and _RUN.match(path):
        return LinkKind.WORKFLOW_RUN
    if _IMAGE.search(path) or host in _IMAGE_HOSTS:
        return LinkKind.IMAGE
    if any(_under(host, domain) for domain in _SERVICES) or _is_address(host):
        return LinkKind.SERVICE
    if _under(host, "huggingface.co") and path.startswith("/spaces/"):
        return LinkKind.SERVICE
    return LinkKind.OTHER


def _under(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def _is_address(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return False
