"""The DTU Learn pair: a grade export says who is in which group, an assignment's zip holds each group's link."""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html.parser import HTMLParser
from pathlib import PurePosixPath

from harvester.errors import RosterError
from harvester.models.problem import Problem
from harvester.roster.columns import find_columns
from harvester.roster.rows import Entry, Table, read_members
from harvester.roster.tables import Row, decode
from harvester.roster.urls import canonical_url, shown

_MAX_ENTRIES = 20_000
_MAX_PAGE = 100_000
_MAX_TOTAL = 50_000_000

_WHEN = re.compile(
    r"(?P<day>\d{1,2})\.? (?P<month>[^\W\d]{3,10})\.?,? (?P<year>\d{4})\D{1,5}(?P<hour>\d{1,2})[.:]?(?P<minute>\d\d)"
    r" ?(?P<half>[AP]M)?",
    re.IGNORECASE,
)
_MONTHS = {
    name: i
    for i, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}
_MONTHS |= {"maj": 5, "okt": 10}


@dataclass(frozen=True)
class _HandIn:
    """One folder of the zip: the group as its name tells it, when, and the link that its page holds."""

    group: str
    when: datetime
    url: str


def read_gradebook(rows: Sequence[Row], name: str) -> Table:
    """Students and their groups.

    Raises
    ------
    RosterError
        There is no column of user names, or none of groups.
    """
    header = next((i for i, row in enumerate(rows[:10]) if _is_header(row)), None)
    if header is None:
        seen = ", ".join(shown(cell) for cell in (rows[0].cells if rows else ())[:12] if cell) or "none"
        raise RosterError(
            f"The grade export {name} has no columns Username and Project Groups (columns seen: {seen}).",
            "Export again with user names and group membership.",
        )
    columns = find_columns(rows[header].cells)
    entries = []
    for row in rows[header + 1 :]:
        cells = dict(enumerate(row.cells))
        person = " ".join(filter(None, (cells.get(i, "") for i in columns.person)))
        members = read_members(cells.get(columns.students[0], "").lstrip("#"), person)
        if members:
            entries.append(Entry(row.number, cells.get(columns.group or 0, ""), members=members[:1]))
    return Table(tuple(entries), per_student=True)


def add_links(table: Table, data: bytes, name: str) -> tuple[Table, list[Problem]]:
    """Give each group the link of its newest hand-in that has one; hand-ins of no group are problems.

    Raises
    ------
    RosterError
        The zip is damaged, encrypted or unreasonably large.
    """
    links: dict[str, _HandIn] = {}
    for hand_in in _hand_ins(data, name):
        key = _key(hand_in.group)
        if key not in links or hand_in.when >= links[key].when:
            links[key] = hand_in
    groups = {_key(entry.group) for entry in table.entries if entry.group}
    entries = tuple(
        replace(entry, url=links[_key(entry.group)].url) if entry.group and _key(entry.group) in links else entry
        for entry in table.entries
    )
    problems = [
        Problem(
            code="roster_unknown_group",
            message=f"{name} holds a link of {shown(links[key].group)}, a group without students.",
        )
        for key in sorted(links.keys() - groups)
    ]
    return replace(table, entries=entries), problems


def _is_header(row: Row) -> bool:
    columns = find_columns(row.cells)
    return bool(columns.students) and columns.group is not None


def _key(group: str) -> str:
    return " ".join(group.casefold().split())


def _hand_ins(data: bytes, name: str) -> Iterator[_HandIn]:
    total = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            for info in file.infolist()[:_MAX_ENTRIES]:
                path = PurePosixPath(info.filename.replace("\\", "/"))
                parts = path.parent.name.split(" - ")
                if info.is_dir() or len(parts) < 3 or path.suffix.lower() not in (".html", ".htm", ".txt"):
                    continue
                with file.open(info) as page:
                    content = page.read(_MAX_PAGE)
                total += len(content)
                if total > _MAX_TOTAL:
                    raise RosterError(f"The assignment {name} unpacks to more than {_MAX_TOTAL:,} bytes.")
                if url := _link(decode(content)):
                    yield _HandIn(" - ".join(parts[1:-1]).strip(), _time(parts[-1], info), url)
    except RosterError:
        raise
    except Exception as error:
        raise RosterError(f"The assignment {name} is no zip file that can be read.", "Download it again.") from error


def _time(text: str, info: zipfile.ZipInfo) -> datetime:
    """When it was handed in, by the folder's name (`20 January, 2026 1130 PM`), else by the zip."""
    hit = _WHEN.search(text)
    try:
        if hit and (month := _MONTHS.get(hit["month"][:3].casefold())):
            hour = int(hit["hour"])
            if hit["half"]:
                hour = hour % 12 + 12 * (hit["half"].upper() == "PM")
            return datetime(int(hit["year"]), month, int(hit["day"]), hour, int(hit["minute"]))
        return datetime(*info.date_time)
    except ValueError:
        return datetime.min


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links.extend(value for key, value in attrs if key == "href" and value)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _link(page: str) -> str:
    """The first link of a page that names a repository, else its first link, else an address in its text."""
    parser = _Links()
    parser.feed(page)
    words = [word for word in " ".join(parser.text).split() if "/" in word][:200]
    for link in (*parser.links[:200], *words):
        if canonical_url(link)[0]:
            return link
    return parser.links[0] if parser.links else ""
