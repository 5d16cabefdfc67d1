"""Probes about training in Google Cloud: jobs of Vertex AI, machines that are made for it, jobs of Cloud Run."""

import posixpath
import re
from collections.abc import Iterator

from harvester.models.builds import Command, Source
from harvester.models.code import Call, literal
from harvester.models.facts import Facts
from harvester.models.files import NO_EVIDENCE, Node, Role
from harvester.probes.ci import spot_of
from harvester.probes.cloud import PLACEHOLDER
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.matching import found_in
from harvester.probes.runs import commands_like, is_command

_JOBS = (
    *("gcloud ai custom-jobs create", "gcloud beta ai custom-jobs create", "gcloud ai custom-jobs local-run"),
    *("gcloud ai hp-tuning-jobs create", "gcloud ai-platform jobs submit training", "gcloud * ai custom-jobs create"),
)
_JOB_CALLS = re.compile(
    r"^(?:google\.cloud\.)?aiplatform\S*\.(?:CustomJob|CustomTrainingJob|CustomContainerTrainingJob|PipelineJob"
    r"|CustomPythonPackageTrainingJob|HyperparameterTuningJob|\w*\.?create_custom_job)\b"
)
_RUN_JOBS = ("gcloud run jobs *", "gcloud beta run jobs *")
_MACHINES = ("gcloud compute instances create*", "gcloud beta compute instances create*", "cml runner*", "cml-runner*")
_EXERCISE_IMAGE = re.compile(r"vm_tester|hello-world|/busybox|/alpine", re.IGNORECASE)
_TRAINS = re.compile(r"(?<![a-z])train", re.IGNORECASE)
_STOCK_IMAGE = re.compile(
    r"deeplearning-platform-release/|docker\.pkg\.dev/vertex-ai/|gcr\.io/cloud-(?:aiplatform|ml-algos)/"
    r"|^(?:docker\.io/)?(?:library/)?(?:python|ubuntu|debian|pytorch/pytorch|tensorflow/tensorflow|nvidia/cuda"
    r"|continuumio/\w+|jupyter/[\w-]+|huggingface/[\w-]+)(?:[:@]|$)"
)
"""Images that hold nothing of a project's: Google's own for training, and the usual base images."""
_NAMES_JOB = re.compile(r"image_?uri$|package_?uris?(?:\.\d+)?$|python_?module$", re.IGNORECASE)
_RUN_BY_JOB = re.compile(r"(?:^|\.)(?:command|args)(?:\.\d+)?$")
_GIVEN_IMAGE = re.compile(r"(?:container|executor)-image-uri=([^\s,\"']+)")
_RUNS_OWN = re.compile(
    r"\.(?:py|sh)\b|\bpython[\d.]* -m |\b(?:uv|poetry|invoke|make|git) |(?:^|\s)(?!-)\S*(?<![a-z])train"
)
"""What is run in an image that is the project's."""
_GIVEN_CODE = re.compile(r"local-package-path=|python-module=|python-package-uris=|--(?:command|args)[=\s]+(.*)")


def cloud_training(facts: Facts, *, own: bool = True) -> Finding:
    """The project is trained in Google Cloud: a Vertex AI job, a machine made for it, a Cloud Run job.

    Parameters
    ----------
    own
        Only with an image or command of the project's own, and no placeholder left; false also for others.
    """
    spots = [*_job_configs(facts, own), *_job_commands(facts, own), *_job_calls(facts, own)]
    says = "the job has unfilled placeholders, an image of the course's or a stock image alone, or trains nothing"
    return found(spots, "" if own else says)


_POOL = re.compile(r"(?:^|\.)worker_?pool_?specs$", re.IGNORECASE)


def _job_configs(facts: Facts, own: bool) -> Iterator[Spot]:
    named = {path for key in found_in(_POOL, facts.settings) for path, _, _ in facts.settings[key]}
    for path in (path for path in facts.configs if path in named):
        if facts.role(path) in NO_EVIDENCE:
            continue
        for dotted, node in facts.configs[path].walk():
            if _POOL.search(dotted) and (not own or _is_own_job(node)):
                yield Spot(path, node.line)


def _is_own_job(node: Node) -> bool:
    """Whether a job names an image, package or module of the project's, or has a stock image run the project's code.

    Placeholders and the course's image are none.
    """
    named = _texts(node, _NAMES_JOB)
    if not named or any(PLACEHOLDER.search(text) or _EXERCISE_IMAGE.search(text) for text in named):
        return False
    return not all(map(_STOCK_IMAGE.search, named)) or bool(_RUNS_OWN.search(" ".join(_texts(node, _RUN_BY_JOB))))


def _texts(node: Node, key: re.Pattern[str]) -> list[str]:
    """What stands under the keys of a job."""
    return [part.text() for dotted, part in node.walk() if part.text() and key.search(dotted)]


def _job_commands(facts: Facts, own: bool) -> Iterator[Spot]:
    for command in commands_like(facts, (*_JOBS, *_RUN_JOBS, *_MACHINES)):
        if command.source is Source.DOCS:
            continue
        ready = not PLACEHOLDER.search(command.text) and not _EXERCISE_IMAGE.search(command.text)
        ready = ready and not _is_stock_alone(facts, command)
        job = is_command(command, _RUN_JOBS) and _TRAINS.search(f"{command.text} {command.owner}")
        machine = is_command(command, _MACHINES) and ("gcp" in command.text or not is_command(command, ("cml*",)))
        whole = ready and (not machine or _trains_there(facts, command))
        if (is_command(command, _JOBS) or job or machine) and (whole or not own):
            yield spot_of(command)


def _is_stock_alone(facts: Facts, command: Command) -> bool:
    """Whether a job, as its command or the file that it names says, has a stock image and runs nothing in it."""
    images = _GIVEN_IMAGE.findall(command.text)
    if images and all(map(_STOCK_IMAGE.search, images)):
        code = _GIVEN_CODE.search(command.text)
        return code is None or (code[1] is not None and not _RUNS_OWN.search(code[1].replace(",", " ")))
    given = re.search(r"--config(?:=|\s+)([^\s=]+)", command.text)
    tree = facts.configs.get(posixpath.normpath(given[1].strip("\"'"))) if given else None
    pools = [node for dotted, node in tree.walk() if _POOL.search(dotted)] if tree else []
    named = [text for pool in pools for text in _texts(pool, _NAMES_JOB)]
    return bool(named) and all(map(_STOCK_IMAGE.search, named)) and not any(map(_is_own_job, pools))


def _trains_there(facts: Facts, command: Command) -> bool:
    """Whether the script that makes a machine also trains on it."""
    if _TRAINS.search(command.text):
        return True
    return any(
        _TRAINS.search(other.text) and not is_command(other, _MACHINES)
        for other in facts.commands
        if other.path == command.path and other.line >= command.line
    )


def _job_calls(facts: Facts, own: bool) -> Iterator[Spot]:
    for name in found_in(_JOB_CALLS, facts.calls):
        if not name.endswith((".run", ".submit")):
            for path, call in facts.calls[name]:
                if facts.role(path) is not Role.TESTS and not (own and _makes_stock_job(call)):
                    yield Spot(path, call.line)


def _makes_stock_job(call: Call) -> bool:
    """Whether a call makes a job of a stock image, and gives it no command."""
    image = literal(call.kwarg("container_uri") or "")
    stock = isinstance(image, str) and _STOCK_IMAGE.search(image)
    return bool(stock) and not any(call.kwarg(name) for name in ("command", "script_path", "python_module_name"))
