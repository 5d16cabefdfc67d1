"""Times as people type them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from harvester.errors import UserError


def read_moment(text: str, zone: str) -> datetime:
    """A time with its offset; one without is meant in the course's time zone.

    Raises
    ------
    UserError
        It is no time, or has no time of day.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UserError(f"{text[:40]!r} is not a time.", "Write it as 2026-01-23T23:59:00.") from None
    if len(text.strip()) <= len("2026-01-23"):
        raise UserError(f"{text[:40]} has no time of day.", f"Write it as {text.strip()}T23:59:00.")
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
