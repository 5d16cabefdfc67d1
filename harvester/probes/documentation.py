"""Probes about documentation: pages of the group's own, READMEs that explain, pictures of the architecture."""

import posixpath
import re
from collections.abc import Iterator

from harvester.models.facts import Facts
from harvester.models.files import NO_EVIDENCE, Document, Line, Role
from harvester.probes.finding import NOTHING_FOUND, Finding, Spot, found

_SITE = re.compile(
    r"(?:^|/)(?:mkdocs\.ya?ml|docs?/(?:source/)?conf\.py|docusaurus\.config\.\w+|_quarto\.yml|zensical\.toml)$"
)
_PAGES = (".md", ".rst", ".mdx", ".qmd")
_README = re.compile(r"(?:^|/)readme(?:\.\w+)?$", re.IGNORECASE)
_PART = re.compile(r"(?:tests?|configs?|conf|data|notebooks|models|\.\w+)/", re.IGNORECASE)
"""Folders whose READMEs tell of themselves, not of the project."""
_OWN_PAGE = 20
"""Words of the group's own that make a page its own."""
_TOPICS = {
    "install": (
        re.compile(
            r"install|set ?up|getting started|prerequisite|requirements|environment|quick ?start", re.IGNORECASE
        ),
        re.compile(
            r"\b(?:pip3? install|uv (?:sync|venv|pip)|poetry install|conda (?:env )?(?:create|install|activate)"
            r"|make (?:requirements|install|setup|create_environment)|git clone|(?:invoke|inv) (?:requirements|create)"
            r"|npm install|docker pull)\b",
            re.IGNORECASE,
        ),
    ),
    "use": (
        re.compile(
            r"\busage|^\W*us(?:e|ing)\b|to use\b|\brun(?:ning)?\b|\btrain(?:ing)?\b|how to|inference|predict"
            r"|evaluat|deploy|\bapi\b|command|quick ?start|workflow|example",
            re.IGNORECASE,
        ),
        re.compile(
            r"^(?:\$ )?(?:uv run|python3? |invoke |inv |make |docker (?:run|build|compose)|uvicorn |streamlit |curl "
            r"|dvc |pytest|poetry run|typer |wandb |gcloud |bentoml |locust )",
            re.IGNORECASE,
        ),
    ),
    "structure": (
        re.compile(
            r"structur|organi[sz]|layout|overview of the (?:code|repo)|director|folder|repository|components?",
            re.IGNORECASE,
        ),
        re.compile(r"[├└]──"),
    ),
}


def docs_site(facts: Facts, *, own: bool = True) -> Finding:
    """A documentation site's source (MkDocs, Sphinx) with pages.

    Parameters
    ----------
    own
        Only with a page of the group's own words; false also for the template's unchanged pages.
    """
    files = ((path, file) for path, file in facts.files.items() if _SITE.search(path) and not file.broken)
    sources = [path for path, file in files if file.role not in NO_EVIDENCE]
    spots = []
    for source in sources:
        home = _home(facts, source)
        pages = [path for path in facts.documents if path.startswith(home) and path.endswith(_PAGES)]
        wanted = [path for path in pages if not own or _is_own(facts, path)]
        spots += [Spot(path, 1) for path in wanted] + [Spot(source, 1)] if wanted else []
    return found(dict.fromkeys(spots), "" if own else "only the template's unchanged pages")


def _home(facts: Facts, source: str) -> str:
    """The folder of a site's pages."""
    folder = posixpath.dirname(source)
    named = facts.configs[source].get("docs_dir").text() if source in facts.configs else ""
    usual = "docs" if not folder else "source" if f"{folder}/source/index.md" in facts.files else ""
    return posixpath.normpath(posixpath.join(folder, named or usual)) + "/"


def _is_own(facts: Facts, path: str) -> bool:
    """Whether a page has words of the group's own, or documents its code (`::: shop.model`)."""
    if facts.is_template(path) or facts.role(path) in (*NO_EVIDENCE, Role.REPORT):
        return False
    page = facts.documents[path]
    if _own_words(page) >= _OWN_PAGE:
        return True
    generated = re.findall(r"(?m)^(?::::\s*|\.\. auto\w+::\s*)([\w.]+)", facts.tree.text(path) or "")
    return any(name != "my_project.MyClass" for name in generated)


_STUB = re.compile(
    r"(?:#+\s*)?(?:documentation for|welcome to the documentation|module code goes here)|indices and tables"
    r"|syncing data|\.\. |:\w+:|.*documentation!$"
)
_STUB_WORDS = (
    *("this is where you describe", "sync_data", "aws s3 sync", "final data sets", "central entry points", ":ref:"),
    *("sphinx-quickstart", "adapt this file completely", "root `toctree`", "s3://"),
)
"""Lines of pages that project templates ship, and that need no words of anyone's."""


_TASK = re.compile(r"^(?:[-*+]|\d+[.)])\s+(?:~~)?\[[ xX]\]")
"""A line of a checklist: what is to be done, or claimed."""


def _own_words(page: Document) -> int:
    lines = (line.text for line in page.prose if not _is_stub(line.text.lower()) and not _TASK.match(line.text))
    return sum(len(re.findall(r"[^\W_][\w'’-]*", text)) for text in lines)


def _is_stub(line: str) -> bool:
    return bool(_STUB.match(line)) or any(words in line for words in _STUB_WORDS)


def readme_explains(facts: Facts, *, words: int = 300, topics: int = 2) -> Finding:
    """The READMEs explain so many of install, use and structure, in so many words of the group's own.

    Directory trees, code blocks, pictures and the template's text are not counted; the report is no README.
    """
    pages = {
        path: own
        for path, page in sorted(facts.documents.items(), key=lambda item: (item[0].count("/"), item[0]))
        if explains_project(facts, path) and not _PART.match(path) and (own := _own_words(page)) >= _OWN_PAGE
    }
    spots: dict[str, Spot] = {}
    for topic in _TOPICS:
        for path in pages:
            if topic not in spots and (spot := _explains(path, facts.documents[path], topic)):
                spots[topic] = spot
    if len(spots) < topics or sum(pages.values()) < words:
        return NOTHING_FOUND
    return found(spots.values())


def explains_project(facts: Facts, path: str) -> bool:
    """Whether a page is a README or a page of documentation, and not the report or the template's."""
    if facts.role(path) in (*NO_EVIDENCE, Role.REPORT) or facts.is_template(path):
        return False
    return bool(_README.search(path) or path.startswith("docs/")) and not path.startswith(
        ("reports/", ".devcontainer/")
    )


def _explains(path: str, page: Document, topic: str) -> Spot | None:
    """Where a README explains a topic: under a heading of its own, or by the commands it gives."""
    by_name, by_command = _TOPICS[topic]
    own = {line.line for line in page.prose}
    titles = sorted(_lines(page.headings))
    said = [line.line for line in page.prose if line.line not in titles and not _TASK.match(line.text)]
    if topic != "structure":  # a tree alone is the template's in most READMEs
        said += [line.line for line in page.commands]
    headings = [
        line
        for line in page.headings
        if line.line in own and by_name.search(line.text) and not _PLANS.search(line.text)
    ]
    for heading in headings:
        end = next((line for line in titles if line > heading.line and topic != "structure"), _NO_END)
        if any(heading.line < line < end for line in said):
            return Spot(path, heading.line)
    if topic == "structure":
        lines = [line for line in page.prose if _DESCRIBES.search(line.text)]
        return Spot(path, lines[0].line) if len(lines) > 2 else None
    return next((Spot(path, line.line) for line in page.commands if by_command.search(line.text)), None)


_NO_END = 1_000_000
_PLANS = re.compile(r"\?|going to|expect|intend|framework|\bgoals?\b|\bdata ?sets?\b", re.IGNORECASE)
"""Titles of the description that a project starts with, which explains no use."""
_DESCRIBES = re.compile(r"`[\w./-]+(?:/|\.py)`|\b(?:folder|directory|module|package)\b", re.IGNORECASE)
"""What lines speak of that tell how a project is laid out."""


def _lines(lines: tuple[Line, ...]) -> set[int]:
    return {line.line for line in lines}


_KNOWN_SITES = re.compile(
    r"//(?:skaftenicki|drivendata|cookiecutter|squidfunk|mlops-guide|pre-commit|python-poetry|huggingface|pytorch"
    r"|scikit-learn|docs|username|your[\w-]*|user|owner)\.github\.io",
    re.IGNORECASE,
)


def pages_address(facts: Facts) -> Finding:
    """A page, the report too, or a configuration gives the address of the group's own site at GitHub Pages."""
    owner, _, name = (facts.web_url or "").lower().removesuffix("/").rpartition("/")
    owner = owner.rpartition("/")[2]
    libraries = {one.name.lower() for one in facts.dependencies} | {one.split(".")[0].lower() for one in facts.imports}
    spots = []
    for path, line, text in _addresses(facts):
        if ".github.io" not in text.lower():
            continue
        for found_url in re.finditer(r"(?<![\w-])([\w-]{1,100})\.github\.io(?:/([\w.-]{1,100}))?", text, re.IGNORECASE):
            site = (found_url[2] or "").lower()
            own = found_url[1].lower() == owner or site == name or not (owner or site in libraries)
            if own and not _KNOWN_SITES.search(f"//{found_url[1]}.github.io"):
                spots.append(Spot(path, line))
    return found(spots, "only the address of a site")


def _addresses(facts: Facts) -> Iterator[tuple[str, int, str]]:
    for path, page in facts.documents.items():
        if facts.role(path) not in NO_EVIDENCE:
            yield from ((path, line.line, line.text) for line in (*page.prose, *page.commands))
            yield from ((path, link.line, link.target) for link in page.links)
    for path, tree in facts.configs.items():
        if path.rpartition("/")[2].startswith("mkdocs."):
            yield path, tree.get("site_url").line, tree.get("site_url").text()
    for answer in facts.report.answers if facts.report else ():
        for number, line in enumerate(answer.text.splitlines()):
            if facts.report:
                yield facts.report.path, (answer.line or 1) + number, line
