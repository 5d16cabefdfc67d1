"""Builds the demo course in a folder: repositories, `roster.csv` and `course.yaml`."""

import csv
import hashlib
import io
import json
import shutil
from pathlib import Path

from harvester.config.families import builtin_configs
from harvester.config.yaml_files import read_yaml
from harvester.demo.plans import DemoGroup, File, load_groups
from harvester.demo.reports import render_report
from harvester.demo.repositories import build_repository
from harvester.errors import OutputError
from harvester.models.template import Template

_HEADER = ["group_nb", *(f"student {number}" for number in range(1, 6)), "repo_url"]


def build_demo(folder: Path) -> Path:
    """Build the demo course, or do nothing where this version of it is built already.

    The commits have the same shas each time. Results (`out`, `mirrors`) and a changed course.yaml are left alone.

    Parameters
    ----------
    folder
        Made where it is missing.

    Returns
    -------
    Path
        The course.yaml.

    Raises
    ------
    OutputError
        The folder cannot be written, or holds a course that is not the demo.
    """
    folder = folder.absolute()
    course, stamp = folder / "course.yaml", folder / "remotes" / ".demo.json"
    known = _read_stamp(stamp)
    version = _version(folder)
    if known.get("version") == version and course.exists() and (folder / "roster.csv").exists():
        return course
    if course.exists() and not known:
        raise OutputError(f"{course} is not the demo's.", "Choose another folder for the demo.")
    settings = (builtin_configs() / "demo.yaml").read_bytes()
    try:
        _build_remotes(folder)
        if not course.exists() or _sha256(course.read_bytes()) == known.get("course"):
            course.write_bytes(settings)
        stamp.write_text(json.dumps({"version": version, "course": _sha256(settings)}) + "\n")
    except OSError as error:
        raise OutputError(f"Cannot build the demo in {folder}: {error.strerror}.", "Choose another folder.") from error
    return course


def _build_remotes(folder: Path) -> None:
    """All repositories in a folder beside the old ones, which they then replace; and the roster that names them."""
    remotes, fresh = folder / "remotes", folder / "remotes.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    groups = load_groups()
    templates: dict[str, Template] = {}
    for group in groups:
        if group.plan.url is None:
            build_repository(fresh / group.folder, group, _files(group, templates))
    (folder / "roster.csv").write_text(_roster(groups, remotes), encoding="utf-8")
    shutil.rmtree(remotes, ignore_errors=True)
    fresh.rename(remotes)


def _files(group: DemoGroup, templates: dict[str, Template]) -> dict[str, File]:
    """The group's files with its report."""
    report = group.plan.report
    if report is None:
        return group.files
    if report.template not in templates:
        templates[report.template] = _load_template(report.template)
    template = templates[report.template]
    ticks = set(report.ticked)
    if report.all_but is not None:
        ticks = {item.check for _, item in template.items} - set(report.all_but)
    return group.files | {report.path: File(render_report(template, ticks, group.answers, report.style))}


def _load_template(name: str) -> Template:
    return Template.model_validate(read_yaml(builtin_configs() / "templates" / f"{name}.yaml"))


def _roster(groups: list[DemoGroup], remotes: Path) -> str:
    """The list of groups with the course's own columns."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADER)
    for group in groups:
        plan = group.plan
        members = [plan.authors[key].id or "" for key in plan.members]
        url = (plan.url or f"{{remotes}}/{group.folder}").replace("{remotes}", remotes.as_uri())
        writer.writerow([plan.id, *members, *[""] * (5 - len(members)), url])
    return out.getvalue()


def _version(folder: Path) -> str:
    """What the demo is built from: its own files, the templates, and the place that its URLs name."""
    digest = hashlib.sha256(str(folder).encode())
    demo, configs = Path(__file__).parent, builtin_configs()
    for root, pattern in ((demo, "**/*"), (configs, "demo.yaml"), (configs, "templates/*.yaml")):
        for path in sorted(root.glob(pattern)):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _read_stamp(path: Path) -> dict[str, str]:
    try:
        return dict(json.loads(path.read_text()))
    except (OSError, ValueError):
        return {}


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
