"""A course as its `course.yaml` has it. Loaded by `harvester.config`, which makes every path absolute."""

import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
)

from harvester.models.points import PointsSettings


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _as_text(value: object) -> object:
    """Ids may be written as numbers in YAML."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_size(size: str) -> str:
    if not re.fullmatch(r"[1-9]\d{0,9}[kmg]?", size):
        raise ValueError(f"{size[:20]!r} is no size; write bytes, or a number with k, m or g, such as 1m")
    return size


Id = Annotated[str, BeforeValidator(_as_text)]
Size = Annotated[str, BeforeValidator(_as_text), AfterValidator(_as_size)]
Protocol = Literal["https", "ssh", "git", "file"]


def size_in_bytes(size: str) -> int:
    """`1m` -> 1048576, as git counts."""
    unit = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}.get(size[-1:])
    return int(size[:-1]) * unit if unit else int(size)


class LearnExport(_Strict):
    """The two files that DTU Learn gives: who is in which group, and each group's link."""

    gradebook: Path = Field(description="Grade export (CSV) with the columns Username and Project Groups.")
    assignment: Path = Field(description="The downloaded zip of the assignment in which groups hand in their link.")


RosterSource = Annotated[
    Annotated[Path, Tag("file")] | Annotated[LearnExport, Tag("learn")],
    Discriminator(lambda value: "learn" if isinstance(value, dict | LearnExport) else "file"),
]
"""A CSV, XLSX or text file, or the DTU Learn pair."""


class Likeness(_Strict):
    """The search for passages and functions that two groups share. Its results are leads, never verdicts."""

    enabled: bool = Field(default=True, description="Whether groups are compared with each other.")
    earlier: tuple[Path, ...] = Field(
        default=(), description="Output folders of earlier harvests, whose groups are compared too."
    )


class Course(_Strict):
    """One course's settings. Every key but name, roster and template has a default."""

    name: str = Field(min_length=1, description="The course and term, as pages and sheets show it.")
    roster: RosterSource = Field(description="The list of groups: a CSV, XLSX or text file, or the DTU Learn pair.")
    template: str = Field(description="The family of report templates; each report's generation is detected.")
    timezone: str = Field(default="Europe/Copenhagen", description="Where a time without an offset is meant.")
    deadline: datetime | None = Field(
        default=None, description="The last commit at this time is graded; without it, the newest one."
    )
    output: Path = Field(default=Path("out"), description="Folder for records, workbooks and pages.")
    mirrors: Path = Field(default=Path("mirrors"), description="Folder for the mirrors of the groups' repositories.")
    allow_protocols: tuple[Protocol, ...] = Field(
        default=("https", "ssh"), min_length=1, description="How repositories may be fetched."
    )
    jobs: int = Field(default=8, ge=1, le=64, description="How many groups are worked on at the same time.")
    timeout: int = Field(default=300, ge=1, le=86_400, description="Seconds that one git command may take.")
    blob_limit: Size = Field(default="1m", description="New mirrors fetch no larger files, only their names and sizes.")
    max_mirror_size: Size = Field(default="1g", description="A repository whose mirror gets larger is refused.")
    templates: Path | None = Field(
        default=None, description="Folder of the course's own report templates, which go before the built-in ones."
    )
    checks: Path | None = Field(
        default=None, description="Folder of the course's own checks, which go before the built-in ones."
    )
    demote: dict[str, Literal["ask"]] = Field(
        default={}, description="Checks that this course does not trust: without evidence, the group is asked."
    )
    points: PointsSettings = Field(default=PointsSettings(), description="How marks become points.")
    aliases: Path | None = Field(
        default=None, description="YAML file: member's id -> list of names, mails and logins in commits."
    )
    staff: tuple[str, ...] = Field(
        default=(), description="Names, mails and logins of course staff, who are left out of contributions."
    )
    expected_problems: tuple[Id, ...] = Field(
        default=(), description="Groups whose failure is known; they don't make the run end with exit code 1."
    )
    anonymous: bool = Field(default=False, description="Show pseudonyms instead of groups and people.")
    likeness: Likeness = Field(default=Likeness(), description="The search for passages that two groups share.")
    probe_links: bool = Field(default=False, description="Ask each public URL of a report once, at sync.")
    engine: str = Field(
        default="local",
        description="Where groups are graded: local, dask (a cluster on this machine) or a Dask scheduler's address.",
    )

    @field_validator("engine")
    @classmethod
    def _known_engine(cls, engine: str) -> str:
        if engine not in ("local", "dask") and not re.match(r"(tcp|tls|wss?|ucx)://\S+$", engine):
            raise ValueError(f"{engine[:60]!r} is not local, dask or a scheduler's address such as tcp://host:8786")
        return engine

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, OSError, ValueError) as error:
            raise ValueError(f"no time zone is called {name!r}; names look like Europe/Copenhagen") from error
        return name

    @field_validator("deadline", mode="before")
    @classmethod
    def _local_deadline(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None:
            return None
        try:
            time = datetime.fromisoformat(str(value))
        except ValueError as error:
            raise ValueError(f"{str(value)[:40]!r} is not a time; write it as 2026-01-23T23:59:00+01:00") from error
        if len(str(value).strip()) <= len("2026-01-23"):
            raise ValueError(f"{value} has no time of day; write it as {value}T23:59:00")
        return time if time.tzinfo else time.replace(tzinfo=ZoneInfo(info.data.get("timezone", "UTC")))
