"""The GitHub token: found once per run, given to git through its environment only, and taken out of every text."""

import base64
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from urllib.parse import urlsplit

_SHAPE = re.compile(r"[\w.~+/=-]{8,512}")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")
_KNOWN = re.compile(r"\b(?:gh[pousr]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,})")
_HEADER = re.compile(r"(?i)(authorization:\s*)(?:\w+\s+)?\S+")


def find_token(environment: Mapping[str, str] | None = None) -> str | None:
    """The token of `GITHUB_TOKEN`, `GH_TOKEN` or `gh auth token`; None where there is none (call it once per run)."""
    env = os.environ if environment is None else environment
    for name in ("GITHUB_TOKEN", "GH_TOKEN"):
        token = env.get(name, "").strip()
        if _SHAPE.fullmatch(token):
            return token
    gh = shutil.which("gh", path=env.get("PATH"))
    return _ask(gh) if gh else None


def _ask(gh: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - a program of the user's, with fixed arguments
            [gh, "auth", "token", "--hostname", "github.com"],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return None
    token = done.stdout.strip()
    return token if done.returncode == 0 and _SHAPE.fullmatch(token) else None


def token_settings(url: str, token: str | None) -> dict[str, str]:
    """The git settings that carry the token: for https://github.com only, and empty for every other URL."""
    parts = urlsplit(url)
    if not token or parts.scheme != "https" or parts.hostname != "github.com" or not _SHAPE.fullmatch(token):
        return {}
    return {"http.https://github.com/.extraHeader": f"Authorization: Basic {_basic(token)}"}


def scrub(text: str, token: str | None) -> str:
    """A text without the token, the credentials of any URL in it, and anything that looks like a token."""
    for secret in (token, _basic(token)) if token else ():
        text = text.replace(secret or "", "***")
    text = _CREDENTIALS.sub("***@", text)
    return _KNOWN.sub("***", _HEADER.sub(r"\1***", text))


def _basic(token: str) -> str:
    return base64.b64encode(f"x-access-token:{token}".encode()).decode()
