"""Probes about the cloud: buckets behind data versions, builds of images, training jobs, deployments."""

import posixpath
import re
from collections.abc import Iterable, Iterator

from harvester.models.builds import Build, Command, Source
from harvester.models.facts import Facts
from harvester.models.files import NO_EVIDENCE, Role
from harvester.probes.arguments import Regex
from harvester.probes.ci import spot_of, step_spot, steps_of
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.runs import commands_like, is_command

PLACEHOLDER = re.compile(
    r"<[A-Za-z][\w .:/-]*>|\byour[-_](?:project|image|bucket|service|region|registry|repo)\b|\bYOUR_\w+|\bCHANGE_?ME\b"
    r"|(?<![\w$.{%])PROJECT[-_]ID\b|\bxxx+\b",
)
_BUCKET = re.compile(r"gs://|storage\.googleapis\.com", re.IGNORECASE)
_STORAGE = ("google.cloud.storage", "gcsfs", "cloudpathlib", "tensorflow.io.gfile")
DEPLOYS = (
    *("gcloud run deploy", "gcloud beta run deploy", "gcloud run services replace", "gcloud run services update"),
    *("gcloud functions deploy", "gcloud beta functions deploy", "gcloud run multi-region-services *"),
    *("gcloud alpha run deploy", "functions deploy", "firebase deploy"),
)
DEPLOY_ACTIONS = ("google-github-actions/deploy-cloudrun", "google-github-actions/deploy-cloud-functions")
_DEPLOY_CALLS = re.compile(
    r"^google\.cloud\.(?:run_v2|functions_v\d)\.\w+\.(?:create|update|replace)_(?:service|function)$"
)
_NO_ADDRESS = re.compile(r"x{3,}|<|\byour\b|\[|example", re.IGNORECASE)
_BEFORE_ADDRESS = re.compile(r"[<(\[]+(?=https?://)")
TERRAFORM = re.compile(r"resource\s+\"google_(?:cloud_run_v?2?_?service|cloudfunctions2?_function)\"")
_RUNNABLE = tuple(source for source in Source if source not in (Source.DOCS, Source.DOCKERFILE))


def data_remote(facts: Facts, *, urls: str) -> Finding:
    """Data under version control is kept at an address that matches: a DVC remote, in its config or in a command."""
    wanted = re.compile(urls, re.IGNORECASE)
    spots = [
        Spot(one.path, one.line) for one in facts.remotes if wanted.search(one.url) and not PLACEHOLDER.search(one.url)
    ]
    for command in commands_like(facts, ("dvc remote add", "dvc remote modify")):
        if command.source is not Source.DOCS:
            real = wanted.search(command.text) and not PLACEHOLDER.search(command.text)
            spots += [spot_of(command)] if real else []
    for path, tree in facts.configs.items():
        if path.endswith(".dvc") or path.rpartition("/")[2] in ("dvc.yaml", "dvc.lock"):
            spots += [Spot(path, node.line) for _, node in tree.walk() if wanted.match(node.text())]
    for name, sites in facts.calls.items():
        if name.endswith(".add_reference"):
            spots += [Spot(path, call.line) for path, call in sites if wanted.search(" ".join(call.args))]
    return found(spots)


def bucket_used(facts: Facts) -> Finding:
    """Code, a command or a configuration uses a bucket: its address, or a client of Google Cloud Storage."""
    spots = []
    for path, file in facts.code(Role.PACKAGE, Role.NOTEBOOK, Role.TESTS):
        spots += [Spot(path, text.line) for text in file.strings if re.match(r"gs://|/gcs/", text.text)]
        spots += [Spot(path, item.line) for item in file.imports if item.used and item.target.startswith(_STORAGE)]
    spots += [
        Spot(command.path, command.line)
        for command in facts.commands
        if command.source is not Source.DOCS and _BUCKET.search(command.text)
    ]
    for path, tree in facts.configs.items():
        if facts.role(path) not in NO_EVIDENCE:
            spots += [Spot(path, node.line) for _, node in tree.walk() if _BUCKET.search(node.text()[:2000])]
    return found(spots, "a bucket is used, but not by data version control")


def image_triggered(facts: Facts) -> Finding:
    """A cloud build file, or a workflow that starts by itself, builds an image from a Dockerfile that is there."""
    spots = [
        Spot(one.path, one.line, f"builds {one.written}" if one.source is Source.CLOUDBUILD else "")
        for one in facts.builds
        if _is_triggered(facts, one) and one.dockerfile
    ]
    composed = map(spot_of, _composed(facts, _automatic(facts), _BRINGS_UP))
    return found((*spots, *composed, *_from_source(facts)))


_BUILDS = re.compile(r"\bcompose\b.*\s(?:--)?build\b")
_BRINGS_UP = re.compile(r"\bcompose\b.*\s(?:(?:--)?build\b|up\b(?!.*\s--no-build\b))")
"""On a machine that is new for each run, `up` finds no image and builds it."""


def _automatic(facts: Facts) -> Iterator[Command]:
    """What runs on a machine of a service, without a person."""
    for _, _, step in steps_of(facts):
        yield from step.commands
    yield from (command for command in facts.commands if command.source is Source.CLOUDBUILD)


def _composed(facts: Facts, commands: Iterable[Command], builds: re.Pattern[str] = _BUILDS) -> Iterator[Command]:
    """The commands that build the images of a compose file."""
    if any(build.source is Source.COMPOSE and build.dockerfile for build in facts.builds):
        for command in commands:
            if is_command(command, ("docker compose", "docker-compose")) and builds.search(command.text):
                yield command


def _from_source(facts: Facts) -> Iterator[Spot]:
    """Where a deployment builds the image of the Dockerfile in its source folder."""
    for workflow, _, step in steps_of(facts):
        source = step.input("source") if step.action in DEPLOY_ACTIONS else ""
        if source and _has_dockerfile(facts, source):
            yield step_spot(workflow, step)
    for command in _automatic(facts):
        found_source = re.search(r"--source(?:=|\s+)(\S+)", command.text)
        if found_source and is_command(command, DEPLOYS) and _has_dockerfile(facts, found_source[1]):
            yield spot_of(command)


def _has_dockerfile(facts: Facts, folder: str) -> bool:
    return posixpath.normpath(posixpath.join(folder.strip("\"'"), "Dockerfile")) in facts.dockerfiles


def image_built_somehow(facts: Facts) -> Finding:
    """An image is built, but the Dockerfile is not there, or a person has to start it."""
    for build in facts.builds:
        if _is_triggered(facts, build):
            return found([Spot(build.path, build.line)], f"the Dockerfile that it names is not there: {build.written}")
    spots = [
        Spot(one.path, one.line)
        for one in facts.builds
        if one.source not in (Source.COMPOSE, Source.DOCS) and not _is_templates(facts, one)
    ]
    by_hand = (command for command in facts.commands if command.source in _RUNNABLE)
    spots += [spot_of(one) for one in _composed(facts, by_hand) if not _is_templates(facts, one)]
    return found(spots, "the image is built only when a person starts it")


def _is_templates(facts: Facts, build: Build | Command) -> bool:
    """Whether a build is the template's own task, unchanged."""
    if facts.is_template(build.path):
        return True
    file = facts.python.get(build.path)
    around = [f for f in file.functions if f.line <= build.line <= f.end_line] if file else []
    return any(function.template for function in around)


def _is_triggered(facts: Facts, build: Build) -> bool:
    if build.source is Source.CLOUDBUILD:
        return True
    owner = {workflow.path: workflow for workflow in facts.workflows}.get(build.path)
    if build.source is not Source.WORKFLOW:
        return _is_called(facts, build)
    return owner is None or not owner.by_hand


def _is_called(facts: Facts, build: Build) -> bool:
    """Whether a workflow that starts by itself runs the task or script that builds."""
    return any(
        command.via is not None and (command.path, command.line) == (build.path, build.line)
        for _, _, step in steps_of(facts)
        for command in step.commands
    )


def deployed(facts: Facts, *, ready: bool = True) -> Finding:
    """Something is deployed to Cloud Run or Cloud Functions: in a workflow, cloud build, script, task or terraform.

    Parameters
    ----------
    ready
        Only steps without unfilled placeholders.
    """
    spots = [
        spot_of(command)
        for command in commands_like(facts, DEPLOYS)
        if command.source in _RUNNABLE
        if not (ready and PLACEHOLDER.search(command.text))
    ]
    for workflow, _, step in steps_of(facts, by_hand=True):
        if step.action in DEPLOY_ACTIONS:
            spots.append(step_spot(workflow, step))
    for name, sites in facts.calls.items():
        if _DEPLOY_CALLS.match(name):
            spots += [Spot(path, call.line) for path, call in sites if facts.role(path) is Role.PACKAGE]
    for path in facts.files:
        if path.endswith(".tf") and facts.role(path) not in NO_EVIDENCE:
            spots += [Spot(path, number) for number, line in _lines(facts, path) if TERRAFORM.search(line)]
    return found(spots, "" if ready else "the step has unfilled placeholders")


def _lines(facts: Facts, path: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(facts.tree.lines(path), 1):
        if not line.lstrip().startswith(("#", "//")):
            yield number, line


def address_given(facts: Facts, *, pattern: Regex) -> Finding:
    """A page, the report too, or code or a configuration gives an address that matches."""
    short = re.compile(pattern, re.IGNORECASE)
    whole = re.compile(rf"[^\s\"'`]*(?:{pattern})", re.IGNORECASE)

    def has(text: str) -> bool:
        text = text[:2000]
        written = (_BEFORE_ADDRESS.split(one[0])[-1] for one in whole.finditer(text)) if short.search(text) else ()
        return any(not _NO_ADDRESS.search(address) for address in written)

    spots = []
    for path, file in facts.code(Role.PACKAGE, Role.NOTEBOOK, Role.TESTS):
        spots += [Spot(path, text.line) for text in file.strings if has(text.text)]
    for path, tree in facts.configs.items():
        spots += [Spot(path, node.line) for _, node in tree.walk() if has(node.text())]
    for path, page in facts.documents.items():
        lines = (*page.prose, *page.commands)
        spots += [Spot(path, line.line) for line in lines if has(line.text)]
        spots += [Spot(path, link.line) for link in page.links if has(link.target)]
    spots += [
        Spot(command.path, command.line)
        for command in facts.commands
        if command.source is not Source.DOCS and has(command.text)
    ]
    return found(spots, "only an address of the service")
