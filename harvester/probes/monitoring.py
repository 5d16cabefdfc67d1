"""Probes about the running service: metrics that it exposes, and the figures of a report on a subject."""

import re

from harvester.models.facts import Facts
from harvester.models.files import Role
from harvester.probes.arguments import Regex
from harvester.probes.code import lines_of
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.matching import found_in
from harvester.probes.threads import Site, reach, route_path, routes

_EXPOSES = re.compile(
    r"^prometheus_client\.(?:[\w.]*\.)?(?:make_asgi_app|make_wsgi_app|generate_latest|start_http_server"
    r"|start_wsgi_server"
    r"|push_to_gateway|pushadd_to_gateway|MetricsHandler)$"
    r"|^(?:prometheus_fastapi_instrumentator|starlette_exporter|starlette_prometheus|prometheus_flask_exporter"
    r"|aioprometheus|fastapi_prometheus_exporter|prometheus_async|django_prometheus)\."
    r"|^opentelemetry\.instrumentation\.\S+\.instrument(?:_app)?$|^opentelemetry\.sdk\.metrics\."
    r"|^opentelemetry\.metrics\.\S*(?:create_\w+|set_meter_provider|get_meter\S*)$|^bentoml\.metrics\."
    r"|^google\.cloud\.monitoring_v3\.\S*(?:create_time_series|create_service_time_series)$"
    r"|^(?:datadog|statsd|aiostatsd|newrelic|elasticapm)\.|^azure\.monitor\.opentelemetry\.|^azure\.monitor\.\S+"
)
_METRICS = re.compile(
    r"^prometheus_client\.(?:[\w.]*\.)?(?:Counter|Gauge|Histogram|Summary|Info|Enum)$|^opentelemetry\."
)
_PATH = re.compile(r"(?:^|/)(?:system[-_]?)?metrics$")
_COUNTED = re.compile(
    r"(?:request|error|failure)s?_?(?:count|total|rate)|(?:total|failed|num|n)_requests|latenc|uptime|cpu"
)
"""What a group's own metrics of its service are of."""
_MACHINE = re.compile(r"^psutil\.|^GPUtil\.|^pynvml\.")


def metrics_exposed(facts: Facts, *, exposed: bool = True) -> Finding:
    """The application exposes metrics: Prometheus, OpenTelemetry or their like, or a route that gives the group's own.

    Its own are the machine's load, or counts, failures and times of requests.

    Parameters
    ----------
    exposed
        False for metrics that code counts and nothing exposes.
    """
    wanted = _EXPOSES if exposed else _METRICS
    sites = facts.calls_of(found_in(wanted, facts.calls), (Role.PACKAGE,))
    spots = [Spot(path, call.line) for path, call in sites]
    if exposed:
        for path, function, decorator in routes(facts):
            reached = tuple(reach(facts, [Site(path, function.name)]))
            spots += [
                Spot(site.path, call.line)
                for site in reached
                for call in facts.called_in.get(site, ())
                if _MACHINE.search(call.name)
                and not any(_METRICS.search(one.name) for one in facts.python[site.path].calls)
            ]
            if _PATH.search(route_path(decorator)) and any(_counts(facts, site) for site in reached):
                spots.append(Spot(path, function.line))
        for path, file in facts.code(Role.PACKAGE):  # BentoML gives Prometheus's metrics out at /metrics
            if any(item.target.startswith("bentoml") and item.used for item in file.imports):
                spots += [Spot(path, call.line) for call in file.calls if _METRICS.search(call.name)]
        return found(dict.fromkeys(spots))
    return found(spots, "metrics are counted, but nothing exposes them")


def _counts(facts: Facts, site: Site) -> bool:
    """Whether a function is about requests, their time or their failures."""
    function = facts.python[site.path].function(site.name)
    return function is not None and bool(_COUNTED.search("\n".join(lines_of(facts, site.path, function))))


def shown_as(facts: Facts, *, check: str, pattern: Regex) -> Finding:
    """The report shows a committed picture in its answer on a check's subject, and the picture's name or text matches.

    For a subject that shares its answer with others.
    """
    wanted = re.compile(pattern, re.IGNORECASE)
    spots = [
        Spot(one.figure.path, None, f"shown in the answer to question {one.answer.number}")
        for one in facts.shown
        if check in one.checks and not one.denied and one.figure.path and one.figure.exists
        if not one.figure.template_own and wanted.search(f"{one.figure.path} {one.figure.alt}")
    ]
    return found(spots, "only a picture in the report")
