"""Checks and their probes: yes/no questions about facts, asked by rules that are written in YAML.

For who writes a check: the rules are in `configs/checks/*.yaml` (see `harvester.models.check.CheckSpec`), a tree of
`all`, `any`, `not`, `because: {says: "a reason", rule: {...}}` and probes with their arguments by name. `found` is
asked first, then `partial`; then the found rule is asked again of what proves at most `partial` (files that do not
parse, disabled steps, unmerged branches), so a check need not say so itself. Weak traces of other kinds (`depends_on`,
`mentioned`, `shown`, `imports` with `used: false`) are named in the check's `partial`. A probe that could not read what
it needs answers `unknown`, and an item is then never `absent`.

For who writes a probe: a short function `(facts: Facts, *, arguments) -> Finding` with a docstring, entered in
`harvester.probes.table`. Its spots come best first. It asks `facts`, and never guesses.
"""

from harvester.probes.binding import Check, bind_check, bind_checks
from harvester.probes.engine import run_checks

__all__ = ["Check", "bind_check", "bind_checks", "run_checks"]
