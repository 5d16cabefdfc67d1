"""Python source as facts: names, calls, definitions, comments; within a file and over a repository."""

from hypothesis import given
from hypothesis import strategies as st

from harvester.facts.comments import is_code, is_real
from harvester.facts.notebook import read_cells
from harvester.facts.python import parse_python
from harvester.models.code import NOT_LITERAL, PythonFile, literal
from tests.support.facts import facts_of


def parse(source: str) -> PythonFile:
    file, wrong = parse_python(source)
    assert wrong is None
    return file


def called(source: str) -> list[str]:
    return [call.name for call in parse(source).calls]


def test_aliases_are_resolved() -> None:
    assert called("import torch.nn as nn\nfrom wandb import init as start\nnn.Linear(2)\nstart()\n") == [
        "torch.nn.Linear",
        "wandb.init",
    ]


def test_an_object_goes_by_its_class() -> None:
    source = "from lightning import Trainer\ntrainer = Trainer(devices=2)\ntrainer.fit(model)\n"

    assert called(source) == ["lightning.Trainer", "lightning.Trainer.fit"]


def test_a_moved_object_goes_by_its_class() -> None:
    assert called("import zoo\nnet = zoo.Net().to('cpu')\nnet.run()\n")[-1] == "zoo.Net.run"


def test_attributes_of_self_are_known() -> None:
    source = """
import torch

class Net:
    def __init__(self):
        self.loss = torch.nn.MSELoss()

    def step(self, x):
        self.loss(x).backward()
        self.helper()

    def helper(self):
        pass
"""
    assert called(source)[1:] == ["torch.nn.MSELoss.backward", "torch.nn.MSELoss", "@.Net.helper"]


def test_hints_tell_what_a_parameter_is() -> None:
    assert "torch.nn.Module.eval" in called("import torch\n\ndef f(net: torch.nn.Module):\n    net.eval()\n")


def test_unknown_names_are_marked() -> None:
    assert called("def f(loss):\n    loss.backward()\n") == ["?loss.backward"]


def test_a_local_name_hides_an_import() -> None:
    assert called("import wandb\n\ndef f(wandb):\n    wandb.log({})\n") == ["?wandb.log"]


def test_strings_and_comments_are_no_calls() -> None:
    source = '"""wandb.init()"""\n# wandb.init()\nx = "wandb.init()"\n'

    file = parse(source)

    assert file.calls == ()
    assert [text.text for text in file.strings] == ["wandb.init()"]


def test_unused_imports_are_told_from_used_ones() -> None:
    file = parse('import os\nimport sys\nfrom a import b\n__all__ = ["b"]\nprint(sys.path)\n')

    assert [(item.name, item.used) for item in file.imports] == [("os", False), ("sys", True), ("b", True)]


def test_calls_know_their_place() -> None:
    source = "def f(xs):\n    for x in xs:\n        if DEBUG:\n            y = g(x, flag=True)\n"

    (call,) = parse(source).calls

    assert (call.within, call.loop, call.condition, call.result) == ("f", True, "DEBUG", "y")
    assert call.args == ("x",)
    assert call.kwarg("flag") == "True"


def test_functions_are_described() -> None:
    source = '''
def hinted(x: int) -> str:
    """Says it."""
    return str(x)

def commented(x):
    # the usual trick
    return x

# x = hinted(2)
def stub(x): ...

def raises():
    """Later."""
    raise NotImplementedError("later")

def outer():
    def inner():
        return 1
    return inner
'''
    functions = {f.name: f for f in parse(source).functions}

    assert (functions["hinted"].hinted, functions["hinted"].docstring, functions["hinted"].stub) == (True, True, False)
    assert (functions["commented"].hinted, functions["commented"].commented) == (False, True)
    assert (functions["stub"].stub, functions["stub"].commented) == (True, False)
    assert functions["raises"].stub
    assert [name for name, f in functions.items() if f.nested] == ["outer.inner"]


def test_commented_out_code_is_no_comment() -> None:
    assert [is_code(text) for text in ("x = f(1)", "for x in y:", "return x", "import os")] == [True] * 4
    assert [is_code(text) for text in ("Load the data", "loss is nan here", "e.g. a list", "see f.")] == [False] * 4
    assert is_real("# The seed matters")
    assert not is_real("# noqa: E501")
    assert not is_real("# print(x)")


def test_asserts_belong_to_their_function() -> None:
    file = parse("def test_a():\n    assert 1\n    assert 2\n\ndef helper():\n    pass\n")

    assert [function.asserts for function in file.functions] == [(2, 3), ()]


def test_where_a_script_begins() -> None:
    assert parse('import os\nif __name__ == "__main__":\n    os.getenv("OTHER")\n').main_line == 2


def test_a_conflict_does_not_parse() -> None:
    _, wrong = parse_python("import os\n<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> other\n")

    assert wrong == 2


def test_literals() -> None:
    assert literal('{"a": [1, None]}') == {"a": [1, None]}
    assert literal("f(1)") is NOT_LITERAL
    assert literal("'\\d'") == "\\d"


@given(st.text())
def test_any_text_gives_facts(source: str) -> None:
    parse_python(source)


@given(st.text(alphabet="def class(x):\n =.\"'f{}[]*,@ ", max_size=200))
def test_anything_like_python_gives_facts(source: str) -> None:
    parse_python(source)


def test_deep_nesting_ends() -> None:
    parse_python("(" * 3000 + ")" * 3000)
    parse_python("x = " + "f(" * 2000 + ")" * 2000)
    parse_python("a" + ".b" * 5000 + "()")


NOTEBOOK = """{"cells": [
 {"cell_type": "markdown", "source": ["import nothing"]},
 {"cell_type": "code", "source": [
  "!pip install wandb\\n",
  "import wandb\\n",
  "wandb.init()"]}
], "nbformat": 4}
"""


def test_notebooks_keep_the_lines_of_their_file() -> None:
    source, numbers = read_cells(NOTEBOOK)
    file, wrong = parse_python(source, numbers)

    assert wrong is None
    assert file.notebook
    assert [(call.name, call.line) for call in file.calls] == [("wandb.init", 6)]


PACKAGE = {
    "pyproject.toml": '[project]\nname = "shop"\n',
    "src/shop/__init__.py": "from .model import Net\nfrom shop.tools import logger\n",
    "src/shop/base.py": "import lightning as L\n\nclass Base(L.LightningModule):\n    pass\n",
    "src/shop/model.py": (
        "from shop.base import Base\n\nclass Net(Base):\n    def forward(self, x):\n        return x\n\n"
        "def make():\n    return Net()\n"
    ),
    "src/shop/tools.py": "import logging\n\nlogger = logging.getLogger(__name__)\n",
    "src/shop/datasets.py": "class Own:\n    pass\n",
    "src/shop/train.py": (
        "from datasets import load_dataset\nfrom shop import Net, logger\nfrom . import model\n"
        "from ..shop.datasets import Own\n"
        "load_dataset()\nNet()\nlogger.info('x')\nmodel.make().forward(1)\nOwn()\nmodel.make().log('a')\n"
    ),
}


def test_names_are_followed_over_the_package() -> None:
    facts = facts_of(PACKAGE)

    assert [call.name for call in facts.python["src/shop/train.py"].calls] == [
        "datasets.load_dataset",
        "src.shop.model.Net",
        "logging.getLogger.info",
        "src.shop.model.Net.forward",
        "src.shop.model.make",
        "src.shop.datasets.Own",
        "lightning.LightningModule.log",
        "src.shop.model.make",
    ]


def test_ancestors_go_over_modules() -> None:
    (net,) = facts_of(PACKAGE).python["src/shop/model.py"].classes

    assert net.ancestors == ("src.shop.base.Base", "lightning.LightningModule")


def test_re_exports_are_uses() -> None:
    assert all(item.used for item in facts_of(PACKAGE).python["src/shop/__init__.py"].imports)


def test_imports_in_a_circle_end() -> None:
    facts = facts_of({"a.py": "from b import x\nx()\n", "b.py": "from a import x\nx()\n"})

    assert set(facts.python) == {"a.py", "b.py"}
