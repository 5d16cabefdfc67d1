"""A check: what counts as evidence for one checklist item. Loaded from `configs/checks/*.yaml`."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from harvester.models.status import Trace

Rule = dict[str, Any]
"""A rule as plain data: one key, which is `all` or `any` (a list of rules), `not` (a rule) or a probe's name (its
arguments). `harvester.probes` binds it to the probes' signatures."""

_DEPTH = 20


def check_rule(rule: Rule, where: str = "", depth: int = 0) -> Rule:
    """Return the rule with every probe's missing arguments as `{}`.

    Raises
    ------
    ValueError
        Where the tree has another shape than `Rule` tells; the message names the place inside the rule.
    """
    at = where or "the rule"
    if depth > _DEPTH:
        raise ValueError(f"{at} is nested more than {_DEPTH} deep")
    if not isinstance(rule, dict) or len(rule) != 1:
        raise ValueError(f"{at} has to be a mapping with one key: all, any, not or a probe's name")
    ((key, value),) = rule.items()
    here = f"{where}.{key}" if where else str(key)
    if key in ("all", "any"):
        if not isinstance(value, list) or not value:
            raise ValueError(f"{here} has to be a list of rules")
        return {key: [check_rule(part, f"{here}[{i}]", depth + 1) for i, part in enumerate(value)]}
    if key == "not":
        return {key: check_rule(value, here, depth + 1)}
    if not isinstance(key, str):
        raise ValueError(f"{at} has to begin with all, any, not or a probe's name, not with {key!r}")
    if value is not None and (not isinstance(value, dict) or not all(isinstance(name, str) for name in value)):
        raise ValueError(f"{here} has to be the probe's arguments by name")
    return {key: value or {}}


RuleField = Annotated[Rule, AfterValidator(check_rule)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class YearRules(_Strict):
    """What an item means in one year, where that is something else. What is left out stays as in the check."""

    title: str = Field(default="", description="The title in that year.")
    found: RuleField | None = Field(default=None, description="The rule for found in that year.")
    partial: RuleField | None = Field(default=None, description="The rule for partial in that year.")
    trace: Trace = Field(default=Trace.USUALLY, description="The trace in that year.")
    looked_for: str = Field(default="", description="What is looked for in that year.")
    blind_spots: str = Field(default="", description="The blind spots in that year.")


class CheckSpec(_Strict):
    """One check as its YAML file has it.

    `found` and `partial` are None where the check has no such rule: an item that is not `unverifiable` is then never
    `found` or never `partial`.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="The check's stable id, such as ci_lint.")
    title: str = Field(description="The item in words that a student understands.")
    family: str = Field(default="", description="The family of checks; filled in from the file's name.")
    trace: Trace = Field(description="How sure an absent is: always, usually or rarely.")
    found: RuleField | None = Field(default=None, description="The item is found where this rule holds.")
    partial: RuleField | None = Field(default=None, description="Else it is partial where this rule holds.")
    unverifiable: bool = Field(
        default=False, description="Doing it leaves nothing in a repository; rules then only give hints."
    )
    looked_for: str = Field(
        default="", description="What is looked for, in a few words, for the sentence of an absent."
    )
    blind_spots: str = Field(default="", description="What the check cannot see.")
    hints: RuleField | None = Field(default=None, description="Places that are no evidence but help a person.")
    years: dict[str, YearRules] = Field(
        default={}, description="Other rules for a template's year, by its last two digits, such as '23'."
    )
    source: str = Field(default="", description="The file's name; filled in when it is read.")

    @model_validator(mode="after")
    def _decides(self) -> Self:
        if not self.unverifiable and self.found is None:
            raise ValueError("a check needs a rule `found`, or `unverifiable: true`")
        if self.unverifiable and (self.found or self.partial):
            raise ValueError("an unverifiable check has no rules `found` and `partial`; its places go under `hints`")
        return self

    def __hash__(self) -> int:
        """By the id alone, for rules are plain data: what follows from a check is made once for all groups."""
        return hash(self.id)

    def for_year(self, year: str) -> "CheckSpec":
        """The check as it is in a template's year (`Template.year`)."""
        rules = next((rules for key, rules in self.years.items() if key[-2:] == year[-2:]), None)
        if rules is None:
            return self
        return self.model_copy(update={key: getattr(rules, key) for key in rules.model_fields_set})
