"""Probes about profiling: profilers in code whose result somebody gets to see, and committed output of a run."""

import re

from harvester.models.builds import Command, Source
from harvester.models.code import Call
from harvester.models.facts import Facts
from harvester.models.files import Role
from harvester.probes.code import EVERYWHERE
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.matching import found_in, matches, matching
from harvester.probes.runs import commands_like
from harvester.probes.threads import Site
from harvester.probes.uncalled import is_uncalled

_PROFILERS = (
    *(
        "cProfile.*",
        "profile.Profile",
        "profile.run",
        "torch.profiler.*",
        "torch.autograd.profiler.*",
        "line_profiler.*",
    ),
    *(
        "pyinstrument.*",
        "memory_profiler.*",
        "scalene.*",
        "yappi.*",
        "timeit.*",
        "torch.utils.benchmark.*",
        "jax.profiler.*",
    ),
    *("tensorflow.profiler.*", "*.SimpleProfiler", "*.AdvancedProfiler", "*.PyTorchProfiler", "tracemalloc.start"),
    *(
        "timeit.timeit",
        "timeit.repeat",
        "timeit.Timer*",
        "torch.utils.bottleneck*",
        "viztracer.*",
        "nvtx.*",
        "torch.cuda.nvtx.*",
        "deepspeed.profiling.*",
        "austin.*",
    ),
    "pytorch_forecasting.utils.profile",
)
_SEEN_BY_THEMSELVES = (
    *("*.SimpleProfiler", "*.AdvancedProfiler", "*.PyTorchProfiler", "cProfile.run", "cProfile.runctx", "profile.run"),
    *(
        "memory_profiler.profile",
        "line_profiler.profile",
        "?profile",
        "timeit.timeit",
        "timeit.repeat",
        "timeit.Timer.*",
    ),
    *(
        "tensorflow.profiler.experimental.start",
        "jax.profiler.trace",
        "jax.profiler.start_trace",
        "pyinstrument.profile",
        "pytorch_forecasting.utils.profile",
    ),
)
"""Profilers that print or write their result without being asked."""
_RESULTS = re.compile(
    r"(?:^|\.)(?:export_chrome_trace|export_stacks|export_memory_timeline|key_averages|tensorboard_trace_handler"
    r"|print_stats|dump_stats|output_text|output_html|write_html|print_all|get_stats|get_traced_memory|take_snapshot"
    r"|total_average)$|^pstats\.|^snakeviz\."
)
_PRINTS = re.compile(r"^print$|\.(?:info|debug|write)$")
_MAY_SHOW = re.compile(rf"{_RESULTS.pattern}|{_PRINTS.pattern}")
_TRAINER = re.compile(r"Trainer$")
_COMMANDS = (
    *(
        "cProfile",
        "py-spy",
        "kernprof",
        "scalene",
        "pyinstrument",
        "snakeviz",
        "mprof",
        "viztracer",
        "memray",
        "gprof2dot",
    ),
    *("line_profiler", "torch.utils.bottleneck", "timeit", "nsys profile", "tuna"),
)
_OUTPUT = re.compile(
    r"\.(?:prof|pstats?|cprof|lprof|pyisession|speedscope)$|\.pt\.trace\.json(?:\.gz)?$|\.speedscope\.json$"
    r"|(?:^|/)[^/]*profil(?:e|er|ing)[^/]*/[^/]+\.(?:txt|json|json\.gz|html|svg|csv|log|out|stats|bin|pb)$"
    r"|(?:^|/)(?:[^/]*[_.-])?(?:c?profil(?:e|er|ing)|profiler|snakeviz|py-?spy|flame_?graph|cprofile)"
    r"(?:[_.-][^/]*)?\.(?:txt|html|svg|csv|log|out|stats|bin|pb|speedscope\.json)$",
    re.IGNORECASE,
)
_NEARLY = ("prof", "pstat", "pyisession", "speedscope", "trace.json", "snakeviz", "spy", "flame")
"""One of these is in every path that `_OUTPUT` finds."""
_NO_OUTPUT = re.compile(
    r"pandas|ydata|data_?profil|\beda\b|user_?profile|(?:^|/)templates?/|frontend|node_modules", re.I
)


_BEGINS = re.compile(r"(?:[Pp]rofile|Profiler|runctx|run|timeit|repeat|Timer)$")


def profiles(facts: Facts, *, seen: bool = True, called: bool = True) -> Finding:
    """Code runs a profiler; `seen`: and its result is written, printed or read; `called`: where something calls it."""
    used = [
        (path, call)
        for path, call in facts.calls_of(matching(_PROFILERS, facts.calls), EVERYWHERE)
        if not (called and is_uncalled(facts, Site(path, call.within)))
    ]
    used += _decorated(facts)
    used.sort(key=lambda site: not _BEGINS.search(site[1].name))
    made = facts.calls_of(found_in(_TRAINER, facts.calls), EVERYWHERE)
    trainers = [Spot(path, call.line) for path, call in made if _is_given_profiler(call)]
    configured = _configured(facts)
    if not seen:
        return found([*(Spot(path, call.line) for path, call in used), *trainers])
    if not used:
        return found([*trainers, *configured])
    names = {call.result for _, call in used if call.result}
    shows = facts.calls_of(found_in(_MAY_SHOW, facts.calls), EVERYWHERE)
    results = [Spot(path, call.line) for path, call in shows if _is_shown(call, names)]
    alone = [Spot(path, call.line) for path, call in used if matches(call.name, _SEEN_BY_THEMSELVES)]
    spots = [*alone, *trainers, *configured]
    files = {path for path, _ in used}
    shown = [spot for spot in results if spot.path in files] or results
    if shown:
        spots = [*(Spot(path, call.line) for path, call in used), *shown, *spots]
    return found(spots)


def _decorated(facts: Facts) -> list[tuple[str, Call]]:
    """Functions marked for a line or memory profiler; `kernprof` makes `profile` known without an import."""
    wanted = ("?profile", "line_profiler.profile", "memory_profiler.profile")
    return [
        (path, mark)
        for path, file in facts.code(*EVERYWHERE)
        for function in file.functions
        for mark in function.decorators
        if mark.name in wanted
    ]


def _is_shown(call: Call, names: set[str]) -> bool:
    """Whether a call gives out a profiler's result: by a method for it, or by printing the profiler."""
    if _RESULTS.search(call.name):
        return True
    return any(re.match(rf"(?:str\()?{re.escape(name)}\b", arg) for arg in call.args for name in names)


def _is_given_profiler(call: Call) -> bool:
    """Whether a Lightning trainer is told to profile."""
    return call.kwarg("profiler") not in (None, "None", "False")


def _configured(facts: Facts) -> list[Spot]:
    """A trainer's profiler in a configuration that something loads."""
    loaded = {load.config for load in facts.loads}
    return [
        Spot(path, node.line)
        for path in sorted(loaded)
        if path in facts.configs
        for dotted, node in facts.configs[path].walk()
        if dotted.rpartition(".")[2] == "profiler" and node.text().lower() in ("simple", "advanced", "pytorch")
    ]


_BENCHMARK = re.compile(r"bench(?:mark)?|profil|timing|speed|latency", re.IGNORECASE)
_CLOCKS = ("time.time", "time.perf_counter", "time.perf_counter_ns", "time.process_time", "time.monotonic")


def timings_compared(facts: Facts) -> Finding:
    """A script for it, or code with a function for it, measures how long things take, with a clock."""
    spots = [
        Spot(path, call.line)
        for path, file in facts.code(Role.PACKAGE)
        if _BENCHMARK.search(path.rpartition("/")[2]) or any("profil" in one.name.lower() for one in file.functions)
        for call in file.calls
        if call.name in _CLOCKS
    ]
    return found(spots if len(spots) > 1 else ())


def profiler_commands(facts: Facts, *, sources: tuple[Source, ...]) -> Finding:
    """A command that runs a profiler stands in one of these kinds of places."""
    return found(Spot(command.path, command.line) for command in _commands(facts) if command.source in sources)


def _commands(facts: Facts) -> list[Command]:
    """The group's own commands that run a profiler."""
    return [
        command
        for command in commands_like(facts, _COMMANDS, pages=True)
        if not facts.is_template(command.path) and facts.role(command.path) is not Role.REPORT
    ]


def profiler_output(facts: Facts) -> Finding:
    """The output of a profiler's run is committed: by its name, or as a command names it that runs a profiler."""
    written = [
        Spot(path, 1)
        for command in _commands(facts)
        for word, after in zip(command.forms[0], (*command.forms[0], "")[1:], strict=True)
        if word in ("-o", "--outfile") and (path := after.removeprefix("./")) in facts.files
    ]
    named = [
        Spot(path, 1)
        for path, file in facts.files.items()
        if (low := path.lower()) and any(word in low for word in _NEARLY)
        if _OUTPUT.search(path) and not _NO_OUTPUT.search(path) and file.role not in (Role.VENDORED, Role.EXERCISE)
        if file.kind != "python" and file.size != 0
    ]
    return found((*written, *named))
