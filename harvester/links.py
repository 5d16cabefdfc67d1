"""The links that a group gives in its answers and READMEs."""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from harvester.models.links import Link, LinkAnswer, classify_url, find_urls
from harvester.models.report import Answer

if TYPE_CHECKING:
    from harvester.models.snapshot import Tree

_MOST = 200
_LARGEST_README = 300_000
_USER = re.compile(r"(?<=://)[^/?#]*@")


def collect_links(
    answers: Iterable[Answer], report_path: str | None, tree: "Tree", known: Iterable[LinkAnswer] = ()
) -> tuple[Link, ...]:
    """Each link once, where it stands first: in an answer, else in the repository's README; with what answered when."""
    asked: dict[str, list[LinkAnswer]] = {}
    for one in known:
        asked.setdefault(one.url, []).append(one)
    links: dict[str, Link] = {}
    for link in (*_links_of_answers(answers, report_path or ""), *_links_of_readmes(report_path, tree)):
        links.setdefault(link.url, link)
    chosen = list(links.values())[:_MOST]
    return tuple(link.model_copy(update={"answers": tuple(asked.get(link.url, ()))}) for link in chosen)


def mask_links(links: Iterable[Link]) -> tuple[Link, ...]:
    """The links as a record shows them: without who signs in with them, and with what."""
    return tuple(
        link.model_copy(update={"url": _mask_url(link.url), "answers": tuple(map(_mask_answer, link.answers))})
        for link in links
    )


def _mask_answer(answer: LinkAnswer) -> LinkAnswer:
    final = answer.final_url and _mask_url(answer.final_url)
    return answer.model_copy(update={"url": _mask_url(answer.url), "final_url": final})


def _mask_url(url: str) -> str:
    from harvester.facts.secrets import MASK, mask

    return mask(_USER.sub(f"{MASK}@", url, count=1))


def _links_of_answers(answers: Iterable[Answer], path: str) -> Iterator[Link]:
    for answer in answers:
        for _, url in find_urls(answer.text):
            yield Link(url=url, kind=classify_url(url), path=path, line=answer.line, question=answer.number)


def _links_of_readmes(report_path: str | None, tree: "Tree") -> Iterator[Link]:
    for path in tree.entries:
        if "/" in path or not path.lower().startswith("readme") or path == report_path:
            continue
        for line, url in find_urls((tree.text(path) or "")[:_LARGEST_README]):
            yield Link(url=url, kind=classify_url(url), path=path, line=line + 1)
