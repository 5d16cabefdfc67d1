"""Python code as data: what a file imports, defines, calls and assigns. Pure records, made by `harvester.facts`.

Names are dotted. After linking, a name is one of

- what another package defines: `torch.nn.Module`, `wandb.init`;
- what the repository defines, under its module: `src.shop.model.Net`;
- a built-in: `print`;
- unresolved, with a leading question mark: `?loss.backward` (a parameter, a loop variable).

A call on an instance carries its class: after `trainer = Trainer()`, `trainer.fit()` is `lightning.Trainer.fit`.
Arguments and values are source text, cut to a bound; `literal` reads those that are literals.
"""

import ast
import warnings
from dataclasses import dataclass
from typing import Any

from harvester.models.quick import quick
from harvester.models.snapshot import mend_escapes


class NotLiteral:
    """What `literal` gives for text that is no literal."""

    def __bool__(self) -> bool:
        return False


NOT_LITERAL = NotLiteral()


def literal(text: str) -> Any:
    """The value of a Python literal (`"a"`, `2`, `{"x": [1]}`), or `NOT_LITERAL`."""
    if not text or (text.isidentifier() and text not in ("None", "True", "False")):
        return NOT_LITERAL
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.literal_eval(mend_escapes(text.strip()))
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return NOT_LITERAL


@quick
@dataclass(frozen=True, slots=True)
class Import:
    """`import target as name`. `used` tells whether the file reads the name, exports it, or re-exports it."""

    name: str
    target: str
    line: int
    used: bool = True
    within: str = ""


@quick
@dataclass(frozen=True, slots=True)
class Call:
    """A call. `within` is the enclosing function or class (`Net.forward`, empty at module level).

    `result` is the name its value is bound to; `loop` tells whether it runs in a loop of its function; `condition` is
    the text of the innermost `if` around it.
    """

    name: str
    line: int
    args: tuple[str, ...] = ()
    kwargs: tuple[tuple[str, str], ...] = ()
    within: str = ""
    result: str = ""
    loop: bool = False
    condition: str = ""

    def kwarg(self, name: str) -> str | None:
        """The source text of a keyword argument."""
        for key, value in self.kwargs:  # asked for most calls of a repository
            if key == name:
                return value
        return None

    def argument(self, name: str, position: int | None = None) -> str | None:
        """The source text of an argument, by keyword or else by position."""
        found = self.kwarg(name)
        if found is None and position is not None and position < len(self.args):
            return self.args[position]
        return found


@quick
@dataclass(frozen=True, slots=True)
class Param:
    """A parameter; `annotation` is a resolved name where it is a plain one, else source text."""

    name: str
    annotation: str = ""
    default: str = ""


@quick
@dataclass(frozen=True, slots=True)
class Function:
    """A function or method. `name` is qualified within its file: `Net.forward`, `outer.inner`.

    `stub` tells that the body does nothing (`...`, `pass`, `raise NotImplementedError`, a docstring alone). `returns`
    is the return hint; `gives` the name of what it returns, from the hint or from `return Net(...)`. `asserts` are
    lines of assert statements, `docstring` and `commented` (a real comment, not commented-out code) tell of its
    documentation. `template` tells that the course's template ships it word for word.
    """

    name: str
    line: int
    end_line: int
    params: tuple[Param, ...] = ()
    decorators: tuple[Call, ...] = ()
    returns: str = ""
    gives: str = ""
    docstring: bool = False
    commented: bool = False
    stub: bool = False
    nested: bool = False
    asserts: tuple[int, ...] = ()
    digest: str = ""
    template: bool = False

    @property
    def hinted(self) -> bool:
        """Whether it has a return hint or one hinted parameter."""
        return bool(self.returns) or any(param.annotation for param in self.params)


@dataclass(frozen=True, slots=True)
class Class:
    """A class. `bases` are resolved names; `ancestors` also those of its bases within the repository."""

    name: str
    line: int
    end_line: int
    bases: tuple[str, ...] = ()
    ancestors: tuple[str, ...] = ()
    decorators: tuple[Call, ...] = ()
    methods: tuple[str, ...] = ()
    fields: tuple[Param, ...] = ()


@quick
@dataclass(frozen=True, slots=True)
class Assign:
    """An assignment `target = value`; `value` is source text. Dicts and lists are kept up to 6,000 characters."""

    target: str
    value: str
    line: int
    within: str = ""
    annotation: str = ""


@quick
@dataclass(frozen=True, slots=True)
class Text:
    """A string literal that is no docstring, or an f-string as it is written."""

    text: str
    line: int
    within: str = ""


@quick
@dataclass(frozen=True, slots=True)
class Read:
    """A dotted name of an import that is read without being called: `torch.float16`, `os.environ`."""

    name: str
    line: int
    within: str = ""


@dataclass(frozen=True, slots=True)
class PythonFile:
    """One Python file, or the code cells of one notebook (lines are then those of the `.ipynb` file)."""

    module: str = ""
    lines: int = 0
    notebook: bool = False
    imports: tuple[Import, ...] = ()
    calls: tuple[Call, ...] = ()
    functions: tuple[Function, ...] = ()
    classes: tuple[Class, ...] = ()
    assigns: tuple[Assign, ...] = ()
    strings: tuple[Text, ...] = ()
    reads: tuple[Read, ...] = ()
    env: tuple[Text, ...] = ()
    """Environment variables that are read."""
    main_line: int | None = None
    """Line of `if __name__ == "__main__":`."""

    def function(self, name: str) -> Function | None:
        """The function or method of a qualified name."""
        for function in self.functions:
            if function.name == name:
                return function
        return None
