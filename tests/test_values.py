"""Values followed through code and configs, and the threads that lead there."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.facts import collect_facts
from harvester.models.facts import Facts
from harvester.people import resolve_people
from harvester.probes.expressions import name_parts, parse_expression
from harvester.probes.threads import Site, called, reach, routes, starts
from harvester.probes.values import MACHINE, Follower
from tests.support.snapshots import make_snapshot


def make_facts(files: Mapping[str, str]) -> Facts:
    snapshot = make_snapshot(files)
    return collect_facts(snapshot, None, resolve_people(snapshot.history, [], ()))


def values_of(files: Mapping[str, str], name: str = "workers") -> set[object]:
    """What the argument of `use(...)` can be."""
    facts = make_facts(files)
    path, call = next((path, call) for key, sites in facts.calls.items() if key.endswith("use") for path, call in sites)
    found = Follower(facts).given(Site(path, call.within), call, name)
    assert all(value.spot.line and value.spot.path in files for value in found)
    return {value.value for value in found}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("use(workers=4)", {4}),
        ("use(workers=-1)", {-1}),
        ("use(workers=int(3))", {3}),
        ("n = 2\nuse(workers=n)", {2}),
        ("use(workers=4 if fast else 0)", {4, 0}),
        ("use(workers=given or 6)", {6}),
        ("import os\nuse(workers=os.cpu_count() // 2)", {MACHINE}),
        ("use(workers=max(1, 8))", {1, 8}),
        ("use(workers=[0, 1])", {(0, 1)}),
        ("options = {'workers': 5, 'size': 1}\nuse(**options)", {5}),
        ("options = dict(workers=5)\nuse(**options)", {5}),
        ("settings = {'workers': 7}\nuse(workers=settings['workers'])", {7}),
        ("def count():\n    return 3\n\nuse(workers=count())", {3}),
        ("def run(workers=2):\n    use(workers=workers)\n\nrun()\nrun(workers=9)", {2, 9}),
        ("def run(workers=2):\n    use(workers=workers)\n\nrun(9)", {9}),
        ("import typer\n\ndef run(workers: int = typer.Option(4)):\n    use(workers=workers)", {4}),
        (
            "import click\n\n@click.command()\n@click.option('--workers', default=5)\ndef run(workers):\n"
            "    use(workers=workers)",
            {5},
        ),
        (
            "import argparse\np = argparse.ArgumentParser()\np.add_argument('--workers', default=6)\n"
            "args = p.parse_args()\nuse(workers=args.workers)",
            {6},
        ),
        (
            "class A:\n    def __init__(self, workers=1):\n        self.n = workers\n\n    def go(self):\n"
            "        use(workers=self.n)\n\nA(workers=4).go()",
            {4},
        ),
        ("n = n\nuse(workers=n)", set()),
        ("use(workers=unknown)", set()),
        ("use(workers=(lambda: 4)())", set()),
    ],
)
def test_values_in_code(code: str, expected: set[object]) -> None:
    """A value is found wherever code sets it, and nothing is made up."""
    assert values_of({"train.py": code + "\n"}) == expected


def test_a_value_of_another_module() -> None:
    """Constants and parameters are followed over files."""
    files = {
        "src/shop/settings.py": "WORKERS = 3\n",
        "src/shop/data.py": "def load(workers=0):\n    use(workers=workers)\n",
        "src/shop/train.py": "from shop.data import load\nfrom shop.settings import WORKERS\n\nload(workers=WORKERS)\n",
    }

    assert values_of(files) == {3}


def test_the_config_that_is_loaded_decides() -> None:
    """What a loaded config sets goes before other configs and before a default."""
    files = {
        "configs/base.yaml": "data:\n  workers: 0\n",
        "other/base.yaml": "data:\n  workers: 8\n",
        "train.py": (
            "import yaml\ncfg = yaml.safe_load(open('configs/base.yaml'))\nuse(workers=cfg['data'].get('workers', 4))\n"
        ),
    }

    assert values_of(files) == {0}
    assert values_of(files | {"configs/base.yaml": "data: {}\n", "other/base.yaml": "{}\n"}) == {4}


def test_a_config_of_a_group_goes_by_its_folder() -> None:
    """`cfg.data.workers` is `workers` in the config of the group `data`."""
    files = {
        "configs/config.yaml": "defaults:\n  - data: small\n",
        "configs/data/small.yaml": "workers: 5\n",
        "configs/model/small.yaml": "workers: 1\n",
        "train.py": (
            "import hydra\n\n@hydra.main(config_path='configs', config_name='config')\ndef main(cfg):\n"
            "    use(workers=cfg.data.workers)\n"
        ),
    }

    assert values_of(files) == {5}


def test_what_a_config_instantiates() -> None:
    """A config with a `_target_` gives a class its values."""
    files = {
        "configs/data.yaml": "_target_: shop.data.Module\nworkers: 6\n",
        "src/shop/data.py": (
            "class Module:\n    def __init__(self, workers=0):\n        self.save_hyperparameters()\n\n"
            "    def load(self):\n        use(workers=self.hparams.workers)\n"
        ),
    }

    assert values_of(files) == {6}


API = """\
from fastapi import BackgroundTasks, FastAPI

app = FastAPI()


def keep(row):
    print(row)


def unused():
    keep(1)


@app.get("/predict")
def predict(tasks: BackgroundTasks):
    tasks.add_task(keep, 2)


@app.on_event("startup")
def begin():
    pass


async def added():
    pass


app.add_api_route("/added", added)
"""


def test_threads_of_an_application() -> None:
    """Routes, and what they hand on, are found; what nothing calls is not reached."""
    facts = make_facts({"src/shop/api.py": API})

    names = [function.name for _, function, _ in routes(facts)]
    reached = reach(facts, [Site("src/shop/api.py", "predict")])

    assert set(names) == {"predict"}  # a stub answers nothing
    assert Site("src/shop/api.py", "keep") in reached
    assert Site("src/shop/api.py", "unused") not in reach(facts, starts(facts))
    assert [leads for call, leads in called(facts, Site("src/shop/api.py", "predict")) if leads] == [
        (Site("src/shop/api.py", "keep"),)
    ]


@settings(max_examples=60)
@given(st.text(alphabet="abc.[]()'\"{}:,*=+-<>1\\\n #é\x00", max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    """An expression is text of a student's: whatever it is, nothing is raised."""
    tree = parse_expression(text)

    assert tree is None or isinstance(name_parts(tree), list)


def test_a_bomb_of_brackets() -> None:
    """Deep nesting is refused."""
    assert parse_expression("(" * 5_000 + ")" * 5_000) is None


LINES = [
    "a = b",
    "b = a",
    "a = f(a)",
    "def f(x=a):\n    return x",
    "c = {'a': a, **c}",
    "a = c['a']",
    "class K(K):\n    a = K.a",
    "def g(*, a):\n    use(workers=a)\n    g(a=a)",
    "use(**c)",
    "a = self.a",
    "a = cfg.a.b.c",
    "use(workers=f(f))",
]


@settings(max_examples=25)
@given(st.lists(st.sampled_from(LINES), max_size=12))
def test_circles_end(lines: list[str]) -> None:
    """Code that leads back to itself is followed to an end."""
    facts = make_facts({"train.py": "\n".join([*lines, "use(workers=a)"]) + "\n", "a.yaml": "a: {b: {c: 1}}\n"})
    follower = Follower(facts)

    for path, sites in ((path, facts.called_in) for path in facts.python):
        for (_, within), calls in sites.items():
            for call in calls:
                follower.given(Site(path, within), call, "workers")
    assert reach(facts, starts(facts), guess=True)


def test_a_long_chain_and_a_wide_net() -> None:
    """Neither depth nor breadth costs more than it is worth."""
    chain = "a = 1" + " + b" * 1_400
    net = [f"v{n} = v{n + 1} or v{n + 2} or v{n + 3}" for n in range(400)]
    facts = make_facts({"train.py": "\n".join([chain, *net, "use(workers=a)", "use(workers=v0)"]) + "\n"})

    for path, call in facts.calls["?use"]:
        assert Follower(facts).given(Site(path, ""), call, "workers") == ()
