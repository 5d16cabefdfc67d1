"""An oddity as data: a fixed code, a sentence, and where."""

from pydantic import BaseModel, ConfigDict


class Problem(BaseModel):
    """Something odd that a person may want to look at. Codes are listed in `harvester.models.problems`."""

    model_config = ConfigDict(frozen=True)

    code: str
    message: str
    line: int | None = None
    path: str | None = None
