"""Pages that people read: one self-contained HTML file per group, one for the class, one for the group itself.

A page asks no network for anything, runs nothing of a student's, and opens from disk. Its Content-Security-Policy names
the hashes of the one style sheet and the one script it holds; everything else is forbidden.
"""

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from harvester.models.group import called
from harvester.models.likeness import Likeness
from harvester.models.marks import GroupMarks, GroupProgress
from harvester.models.points import PointsSettings
from harvester.models.problems import title_of
from harvester.models.record import GroupRecord
from harvester.models.seemly import make_seemly
from harvester.models.status import Status
from harvester.outputs import wording
from harvester.outputs.class_view import CSS_OF_LETTER, view_class
from harvester.outputs.counting import Row, Total, count_answer, count_item, count_points
from harvester.outputs.figure_shelf import FigureShelf, Scale
from harvester.outputs.figures import scale_figure
from harvester.outputs.handin_view import report_line, view_handin
from harvester.outputs.page_options import PageOptions, Release
from harvester.outputs.summary import GroupSummary, summarise

Figures = Callable[[str], bytes | None]
"""A repository path -> the file's bytes at the graded commit, None where they cannot be read."""


def render_handin(
    record: GroupRecord,
    *,
    figures: Figures,
    marks: GroupMarks | None = None,
    options: PageOptions | None = None,
    scale: Scale = scale_figure,
) -> str:
    """The page of one group, for staff.

    Parameters
    ----------
    figures
        Gives the bytes of the report's figures; they are shown without their metadata, large ones scaled down.
    marks
        What graders typed so far; shown beside the items and answers where given.
    scale
        Makes a figure fit for the page: given its bytes, and how many of them it may weigh as it is.
    """
    options = options or PageOptions()
    shelf = FigureShelf(record, figures, _environment(), scale)
    view = view_handin(record, shelf, marks or GroupMarks(group_id=record.group.id), options)
    return shelf.fill(_render("handin.html.j2", options, record=record, view=view))


def render_index(
    groups: Iterable[GroupRecord | GroupSummary],
    *,
    options: PageOptions | None = None,
    progress: Mapping[str, GroupProgress] | None = None,
    leads: int | None = None,
) -> str:
    """The page of the class, for staff: one row per group, whatever became of it.

    Parameters
    ----------
    groups
        In the roster's order; records are reduced to summaries one by one, so a generator keeps memory flat.
    progress
        Group id -> how far its grading is.
    leads
        How many leads are in `likeness.html`; None where groups were not compared.
    """
    options = options or PageOptions()
    summaries = (one if isinstance(one, GroupSummary) else summarise(one) for one in groups)
    view = view_class(summaries, options, progress)
    given = progress is not None
    return _render("index.html.j2", options, view=view, css_of=CSS_OF_LETTER, progress=given, leads=leads)


def render_likeness(likeness: Likeness, options: PageOptions | None = None, *, folders: Mapping[str, str]) -> str:
    """The page of what groups share, for staff.

    Parameters
    ----------
    folders
        Group, as the leads name it -> the folder of its page.
    """
    return _render("likeness.html.j2", options or PageOptions(), view=likeness, folders=folders)


def render_released(
    record: GroupRecord,
    marks: GroupMarks,
    options: PageOptions | None = None,
    *,
    release: Release,
    figures: Figures | None = None,
    points: PointsSettings | None = None,
) -> str:
    """The page that a group may see: what `release` asks for and nothing else; no staff notes, no other group.

    Parameters
    ----------
    points
        The course's points, for what each row counts and the total; without it only points that graders typed.
    """
    options = options or PageOptions()
    shelf = FigureShelf(record, figures or (lambda _: None), _environment())
    view = view_handin(record, shelf, marks, options)
    rows, total = _count(record, marks, points) if points and release.points else ({}, None)
    counted = {key for key, row in rows.items() if row.state == "tool" and row.counted}
    own = [one for one in view.items if release.evidence or one.mark or one.item.id in counted]
    shown = {"view": view, "release": release, "rows": rows, "total": total, "own": own}
    return shelf.fill(_render("released.html.j2", options, record=record, **shown))


def _count(record: GroupRecord, marks: GroupMarks, settings: PointsSettings) -> tuple[dict[str, Row], Total]:
    rows = {item.id: count_item(item, marks.mark(item.id), settings) for item in record.checklist}
    for answer in record.questions:
        key = f"q:{answer.id}"
        rows[key] = count_answer(answer, marks.mark(key), settings)
    return rows, count_points(record, marks, settings)


def _render(template: str, options: PageOptions, **context: Any) -> str:
    style, script = _asset("style.css"), _asset("script.js")
    policy = (
        "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
        f"style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    )
    page = (
        _environment()
        .get_template(template)
        .render(
            **context,
            options=options,
            time=lambda text: wording.say_time(text, options.zone),
            policy=policy,
            style=Markup(style),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
        )
    )
    return make_seemly(page)


def compile_handin() -> None:
    """Compile all that a group's page for staff is laid out by: once for all pages of a process."""
    for part in ("handin", "base", "parts", "plots", "figure"):
        _environment().get_template(f"{part}.html.j2")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_asset),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.filters |= {
        "safe_url": lambda url: wording.safe_url(url) or "",
        "plural": wording.plural,
        "short_sha": wording.short_sha,
        "title_of": title_of,
        "called": called,
        "number": _number,
        "points": lambda value: f"{_number(value)} {'point' if value in (1, -1) else 'points'}",
    }
    environment.globals |= {
        "VERDICTS": wording.VERDICTS,
        "EVIDENCE": wording.EVIDENCE,
        "CLAIMS": wording.CLAIMS,
        "TRACES": wording.TRACES,
        "STATUSES": wording.STATUSES,
        "METHODS": wording.METHODS,
        "OK": Status.OK,
        "NOT_LOOKED": wording.NOT_LOOKED,
        "against_deadline": wording.say_against_deadline,
        "commit_url": wording.commit_url,
        "report_line": report_line,
    }
    return environment


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


@lru_cache(maxsize=16)
def _asset(name: str) -> str:
    return files("harvester.outputs").joinpath("templates", name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _hash(text: str) -> str:
    """The Content-Security-Policy source of an inline style or script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
