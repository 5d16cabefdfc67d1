"""Pages in a real browser: filters, search, sorting, keys, print, no request, nothing said, and nobody shut out."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harvester.models.evidence import Place
from harvester.models.likeness import Lead, Likeness, Match, PassageKind, Piece, Side
from harvester.models.marks import GroupMarks, GroupProgress, Mark
from harvester.models.points import PointsSettings
from harvester.models.problem import Problem
from harvester.models.record import GroupRecord
from harvester.models.status import Verdict
from harvester.outputs.page_options import PageOptions, Release
from harvester.outputs.pages import render_handin, render_index, render_likeness, render_released
from tests.support.browser import Tab, open_tab
from tests.support.marks import make_marks
from tests.support.pictures import make_noise, make_picture, make_screenshot
from tests.support.records import make_class, make_record

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

EVERYTHING = Release(points=True, comments=True, decisions=True, evidence=True, answers=True)
OPTIONS = PageOptions(course="Et kursus", handin_href="{folder}.html", index_href="index.html")
VECTORS = (Path(__file__).parent / "cases" / "xss.txt").read_text(encoding="utf-8").splitlines()
PROGRESS = {"1": GroupProgress(items=10, answers=5, items_open=3, answers_open=1)}


def pages(record: GroupRecord, marks: GroupMarks, others: tuple[GroupRecord, ...] = ()) -> dict[str, str]:
    return {
        "handin": render_handin(record, figures=make_picture, marks=marks, options=OPTIONS),
        "index": render_index((record, *others), options=OPTIONS, progress=PROGRESS),
        "released": render_released(
            record, marks, OPTIONS, release=EVERYTHING, figures=make_picture, points=PointsSettings()
        ),
        "likeness": render_likeness(likeness_of(record), OPTIONS, folders={record.group.id: record.group.id}),
    }


def likeness_of(record: GroupRecord) -> Likeness:
    """A lead to another group, with every answer in it."""
    sides = [
        Side(
            name=answer.title,
            path=answer.title,
            line=1,
            url=answer.text,
            pieces=(Piece(text=answer.text, shared=True), Piece(text=answer.text)),
        )
        for answer in record.questions
    ]
    matches = tuple(
        Match(kind=PassageKind.ANSWER, shared=9, strength=36, share=0.5, left=side, right=side) for side in sides
    )
    lead = Lead(left=record.group.id, right=sides[0].name, harvest="2025/out", strength=99, matches=matches, more=1)
    return Likeness(leads=(lead,), more=2, groups=110, earlier=9)


@pytest.fixture(scope="module")
def plain() -> dict[str, str]:
    return pages(make_record("45"), make_marks(), make_class(12))


@pytest.fixture
def handin(tab: Tab, plain: dict[str, str]) -> Iterator["Page"]:
    yield tab.show(plain["handin"])
    tab.assert_quiet()


@pytest.fixture
def index(tab: Tab, plain: dict[str, str]) -> Iterator["Page"]:
    yield tab.show(plain["index"], "index.html")
    tab.assert_quiet()


def visible(page: "Page", selector: str) -> int:
    return page.locator(f"{selector}:visible").count()


def first_cells(page: "Page", table: str, column: int) -> list[str]:
    return page.locator(f"[data-table={table}] tbody tr:visible > :nth-child({column})").all_inner_texts()


def test_parts_are_folded_and_the_summary_comes_first(handin: "Page") -> None:
    record = make_record("45")
    look = sum(item.verdict in (Verdict.UNSUPPORTED, Verdict.WEAK, Verdict.ASK) for item in record.checklist)
    assert visible(handin, "section[aria-labelledby=look] .item") == look
    assert visible(handin, ".inside") == 0
    assert visible(handin, "section[aria-labelledby=confirmed] .item") == 0
    handin.locator("#item-ci summary").click()
    assert visible(handin, "#item-ci .what") == 3


def test_verdict_filters_add_up_and_can_be_shared(handin: "Page") -> None:
    handin.locator(".chip[data-v=w]").click()
    weak = visible(handin, ".item")
    assert weak == sum(item.verdict is Verdict.WEAK for item in make_record("45").checklist)
    assert visible(handin, ".answer") == 0
    handin.locator(".chip[data-v=u]").click()
    assert visible(handin, ".item") > weak
    assert handin.evaluate("location.hash") in ("#v=w%2Cu", "#v=u%2Cw")
    handin.reload()
    assert visible(handin, ".item") > weak
    assert handin.locator(".chip[data-v=u]").get_attribute("aria-pressed") == "true"


def test_confirmed_items_can_be_filtered_out_of_their_folds(handin: "Page") -> None:
    handin.locator(".chip[data-v=c]").click()
    assert visible(handin, ".item") == sum(item.verdict is Verdict.CONFIRMED for item in make_record("45").checklist)


def test_search_finds_items_and_answers(handin: "Page") -> None:
    handin.locator("input[type=search]").fill("wandb")
    expect(handin.locator(".found")).to_have_text("1 shown")
    assert visible(handin, "#item-wandb") == 1
    handin.locator("input[type=search]").fill("MÅLINGEN procent")
    expect(handin.locator(".found")).not_to_have_text("1 shown")
    assert visible(handin, ".answer") > 5
    assert visible(handin, ".item") == 0


def test_items_can_be_sorted(handin: "Page") -> None:
    titles = "section[aria-labelledby=look] .title"
    handin.locator("select[name=sort]").select_option("title")
    found = handin.locator(titles).all_inner_texts()
    assert found == sorted(found, key=str.lower)
    handin.locator("select[name=sort]").select_option("")
    assert handin.locator(titles).all_inner_texts() != found


def test_a_link_to_an_item_opens_it(tab: Tab, plain: dict[str, str]) -> None:
    page = tab.show(plain["handin"], fragment="#item-git_repo")
    assert visible(page, "#item-git_repo .why") == 1
    tab.assert_quiet()


def test_keys_work_while_the_closed_help_still_has_the_focus(handin: "Page") -> None:
    """A browser moves it with the next frame, and people are quicker."""
    press = 'document.getElementById("keys").dispatchEvent(new KeyboardEvent("keydown", {key: "e", bubbles: true}))'
    handin.evaluate(press)
    assert visible(handin, ".inside") == 53


def test_the_page_works_by_keyboard(handin: "Page") -> None:
    handin.keyboard.press("j")
    handin.keyboard.press("j")
    second = handin.locator(".item summary").nth(1)
    assert second.evaluate("node => node === document.activeElement")
    handin.keyboard.press("Enter")
    assert visible(handin, ".inside") == 1
    handin.keyboard.press("k")
    assert handin.locator(".item summary").first.evaluate("node => node === document.activeElement")
    handin.keyboard.press("/")
    handin.keyboard.type("jk?")
    assert handin.locator("input[type=search]").input_value() == "jk?"
    expect(handin.locator(".item:not(.out)")).to_have_count(0)
    handin.keyboard.press("Escape")
    expect(handin.locator(".item.out")).to_have_count(0)
    handin.keyboard.press("?")
    assert visible(handin, "#help") == 1
    handin.keyboard.press("Escape")
    assert visible(handin, "#help") == 0
    handin.keyboard.press("e")
    assert visible(handin, ".inside") == 53


def test_print_shows_everything_and_puts_it_back(handin: "Page") -> None:
    handin.emulate_media(media="print")
    expect(handin.locator("details:not([open])")).to_have_count(0)
    assert visible(handin, ".inside") == 53
    assert visible(handin, ".tools") == 0
    link = "getComputedStyle(document.querySelector('.places a'), '::after').content"
    assert "https://github.com/example-course" in handin.evaluate(link)
    handin.emulate_media(media="screen")
    expect(handin.locator("details[open]")).to_have_count(0)


def test_a_filtered_page_says_so_on_paper(handin: "Page", tab: Tab, plain: dict[str, str]) -> None:
    """What is filtered out is not printed; who reads the paper later must know that there was more."""
    said = "getComputedStyle(document.querySelector('main'), '::before').content"
    handin.emulate_media(media="print")
    assert handin.evaluate(said) == "none"
    handin.emulate_media(media="screen")
    handin.locator(".chip[data-v=u]").click()
    handin.emulate_media(media="print")
    assert handin.evaluate(said) == '"Filtered: 3 shown"'
    index = tab.show(plain["index"], "index.html", "#v=u")
    assert re.fullmatch(r'"Filtered: \d+ of 13 groups"', index.evaluate(said))


def test_headings_are_printed_on_every_page(index: "Page") -> None:
    """A browser leaves buttons out of headings that it repeats, so there are none while it prints."""
    headings = "[...document.querySelectorAll('thead th')].map((one) => one.textContent)"
    before = index.evaluate(headings)
    assert index.locator("th button").count() > 10
    index.emulate_media(media="print")
    expect(index.locator("th button")).to_have_count(0)
    assert index.evaluate(headings) == before
    index.emulate_media(media="screen")
    index.locator("[data-table=triage] th button").first.click()
    expect(index.locator("[data-table=triage] th").first).to_have_attribute("aria-sort", "ascending")


def test_without_scripts_everything_is_open_and_no_tool_is_shown(
    browser: "Browser", tmp_path: Path, plain: dict[str, str]
) -> None:
    for tab in open_tab(browser, tmp_path, java_script_enabled=False):
        page = tab.show(plain["handin"])
        assert visible(page, ".inside") == 53
        assert visible(page, ".tools") == 0
        tab.assert_quiet()


def test_groups_can_be_searched_and_filtered_in_all_tables(index: "Page") -> None:
    everyone = len(first_cells(index, "groups", 1))
    assert everyone == 13
    index.locator("input[type=search]").fill("unreachable")
    expect(index.locator(".found")).not_to_be_empty()
    shown = first_cells(index, "groups", 1)
    assert 0 < len(shown) < everyone
    assert len(first_cells(index, "triage", 1)) == len(shown)
    index.locator("input[type=search]").fill("")
    expect(index.locator(".found")).to_be_empty()
    index.locator(".chip[data-v=u]").click()
    assert 0 < len(first_cells(index, "groups", 1)) < everyone


def test_tables_sort_by_any_column_both_ways_and_back(index: "Page") -> None:
    given = first_cells(index, "groups", 1)
    button = index.locator("[data-table=groups] th:has-text('Minutes') button")
    column = index.locator("[data-table=groups] thead th").all_inner_texts().index("Minutes") + 1
    button.click()
    minutes = [float(cell) for cell in first_cells(index, "groups", column)]
    assert minutes == sorted(minutes, reverse=True)
    button.click()
    minutes = [float(cell) for cell in first_cells(index, "groups", column)]
    assert minutes == sorted(minutes)
    assert "sort=groups." in index.evaluate("location.hash")
    index.reload()
    assert [float(cell) for cell in first_cells(index, "groups", column)] == minutes
    button.click()
    assert first_cells(index, "groups", 1) == given


def test_a_cell_of_the_heat_map_opens_the_item_in_the_groups_page(tab: Tab, plain: dict[str, str]) -> None:
    tab.show(plain["handin"], "45.html")
    page = tab.show(plain["index"], "index.html")
    head = page.locator(".map th[data-i=hydra]")
    place = head.evaluate("node => node.cellIndex")
    page.locator(".map tr[data-g='45'] > *").nth(place).click()
    page.wait_for_url(re.compile(r"45\.html#item-hydra$"))
    assert visible(page, "#item-hydra .why") == 1
    tab.assert_quiet()


def test_the_heat_map_works_by_keyboard(tab: Tab, plain: dict[str, str]) -> None:
    tab.show(plain["handin"], "45.html")
    page = tab.show(plain["index"], "index.html")
    page.locator(".map tr[data-g='45'] th a").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"45\.html#item-write_access$"))
    tab.assert_quiet()


HIDDEN = """() => {
  const one = document.activeElement, box = one.getClientRects()[0];
  const middle = (from, to, end) => (Math.max(from, 0) + Math.min(to, end)) / 2;
  const top = document.elementFromPoint(
    middle(box.left, box.right, innerWidth), middle(box.top, box.bottom, innerHeight));
  return !(one === top || one.contains(top) || top?.contains(one)) && one.outerHTML.slice(0, 80);
}"""


@pytest.mark.parametrize("size", [(1280, 800), (700, 450)])
def test_what_has_the_focus_is_never_under_a_heading_that_sticks(
    browser: "Browser", tmp_path: Path, size: tuple[int, int]
) -> None:
    html = {"index.html": render_index(make_class(60), options=OPTIONS), "handin.html": pages_of_one()}
    width, height = size
    for tab in open_tab(browser, tmp_path, viewport={"width": width, "height": height}):
        for name, last, steps in (
            ("index.html", "[data-table=map] tbody tr:last-child a", 40),
            ("handin.html", "#links a, #made ~ dl a", 60),
        ):
            page = tab.show(html[name], name)
            page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
            page.locator(last).last.focus()
            for _ in range(steps):
                page.keyboard.press("Shift+Tab")
                assert not page.evaluate(HIDDEN)
        page = tab.show(html["index.html"], "index.html")
        page.locator("[data-table=map] tbody tr:last-child a").focus()
        for key in ("ArrowRight",) * 50 + ("ArrowLeft",) * 40 + ("ArrowUp",) * 30:
            page.keyboard.press(key)
            assert not page.evaluate(HIDDEN)


def pages_of_one() -> str:
    return render_handin(make_record("45"), figures=make_picture, marks=make_marks(), options=OPTIONS)


def test_a_pressed_filter_is_seen_in_forced_colours(browser: "Browser", tmp_path: Path, plain: dict[str, str]) -> None:
    for tab in open_tab(browser, tmp_path, forced_colors="active"):
        page = tab.show(plain["handin"])
        page.locator(".chip").first.click()
        grounds = [
            page.locator(".chip").nth(n).evaluate("node => getComputedStyle(node).backgroundColor") for n in (0, 1)
        ]
        assert grounds[0] != grounds[1]


def test_nothing_scrolls_sideways_when_all_is_four_times_as_large(
    browser: "Browser", tmp_path: Path, plain: dict[str, str]
) -> None:
    """320 pixels are a window of 1280 at 400 %; letters twice as large in 640 come to the same."""
    for width, letters in ((320, "100%"), (640, "200%")):
        for tab in open_tab(browser, tmp_path, viewport={"width": width, "height": 600}):
            for name, html in plain.items():
                page = tab.show(html, f"{name}.html")
                page.evaluate("size => { document.documentElement.style.fontSize = size; }", letters)
                page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
                assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_a_heat_map_in_print_is_wide_and_its_items_are_whole(index: "Page") -> None:
    assert b"/MediaBox [0 0 842" in index.pdf(format="A4", prefer_css_page_size=True).replace(b"841.92", b"842")
    index.emulate_media(media="print")
    cut = "[...document.querySelectorAll('.map thead span')].filter((one) => one.scrollHeight > one.clientHeight + 1)"
    assert index.evaluate(f"{cut}.length") == 0


def test_single_keys_can_be_switched_off_for_good(tab: Tab, plain: dict[str, str]) -> None:
    """Who speaks to the machine, or whose hands shake, types letters without meaning to."""
    page = tab.show(plain["handin"])
    page.locator("[data-do=help]").click()
    page.locator("#help input[type=checkbox]").uncheck()
    page.keyboard.press("Escape")
    for again in (False, True):
        if again:
            page.reload()
        for key in "ej":
            page.keyboard.press(key)
        assert visible(page, ".inside") == 0
        assert page.locator(".item summary:focus").count() == 0
    page.locator("[data-do=help]").click()
    page.locator("#help input[type=checkbox]").check()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    assert visible(page, ".inside") == 53
    tab.assert_quiet()


def test_keys_walk_the_triage(index: "Page") -> None:
    index.keyboard.press("j")
    index.keyboard.press("j")
    second = index.locator("[data-table=triage] tbody th a").nth(1)
    assert second.evaluate("node => node === document.activeElement")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_serious(
    browser: "Browser", tmp_path: Path, plain: dict[str, str], scheme: str, width: int
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for tab in open_tab(browser, tmp_path, color_scheme=scheme, viewport={"width": width, "height": 900}):
        for name, html in plain.items():
            page = tab.show(html, f"{name}.html")
            page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
            response = axe.run(page, options={"rules": {"target-size": {"enabled": True}}}).response
            assert len(response["passes"]) > 15
            found = response["violations"]
            grave = [
                (one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in ("serious", "critical")
            ]
            assert grave == [], name
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} scrolls sideways"
        tab.assert_quiet()


def attacked() -> tuple[GroupRecord, GroupMarks]:
    """A group whose every text is an attack: one vector per answer, and all of them everywhere else."""
    record = make_record("46")
    answers = tuple(
        record.questions[13].model_copy(
            update={
                "number": number,
                "id": f"v{number}",
                "title": vector,
                "text": vector,
                "images": (),
                "problems": (Problem(code="odd", message=vector, line=1, path=vector),),
            }
        )
        for number, vector in enumerate(VECTORS, 1)
    )
    items = tuple(
        item.model_copy(
            update={
                "title": vector,
                "text": vector,
                "why": vector,
                "note": vector,
                "blind_spots": vector,
                "where": (Place(path=vector, line=1, what=vector, url=vector),),
            }
        )
        for item, vector in zip(record.checklist, VECTORS[:53], strict=True)
    )
    people = tuple(one.model_copy(update={"names": tuple(VECTORS)}) for one in record.contributions)
    group = record.group.model_copy(update={"name": VECTORS[0], "repo_url": VECTORS[40]})
    marks = {
        item.id: Mark(decision=vector, points=vector, comment=vector)
        for item, vector in zip(items, VECTORS, strict=False)
    }
    return (
        record.model_copy(update={"questions": answers, "checklist": items, "contributions": people, "group": group}),
        GroupMarks(group_id="46", marks=marks),
    )


@pytest.mark.parametrize("name", ["handin", "index", "released", "likeness"])
def test_no_attack_runs_or_calls_home(tab: Tab, name: str) -> None:
    page = tab.show(pages(*attacked())[name], f"{name}.html")
    title = page.title()
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    page.mouse.move(300, 300)
    page.wait_for_timeout(200)
    assert page.title() == title
    assert title != "owned"
    for selector in ("iframe", "object", "embed", "base", "meta[http-equiv=refresh]", "main form", "main script"):
        assert page.locator(selector).count() == 0, selector
    assert page.locator("a[href^='javascript:' i], a[href^='data:' i], a[href^='vbscript:' i]").count() == 0
    tab.assert_quiet()


def test_attacks_stay_readable(tab: Tab) -> None:
    page = tab.show(pages(*attacked())["handin"])
    for number, vector in enumerate(VECTORS, 1):
        if not vector.startswith("<") or "&" in vector:
            continue
        shown = page.locator(f"#question-{number} .prose").first.inner_text()
        assert all(word in shown for word in re.findall(r"[a-z]{4,}", vector)), vector


@pytest.mark.parametrize("figures", [make_noise, make_screenshot])
def test_a_full_page_is_ready_within_a_second_and_light(tab: Tab, figures: Callable[[str], bytes]) -> None:
    record = make_record("45")
    figure = record.questions[13].images[0].model_copy(update={"exists": True, "problem": None})
    images = tuple(figure.model_copy(update={"path": f"f/{n}.png", "written": f"f/{n}.png"}) for n in range(20))
    answer = record.questions[13].model_copy(update={"images": images})
    record = record.model_copy(update={"questions": (*record.questions[:13], answer, *record.questions[14:])})
    html = render_handin(record, figures=figures, options=OPTIONS)
    page = tab.show(html)
    timing = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
    times = [page.evaluate(timing)]
    while min(times) >= 1000 and len(times) < 5:  # a busy machine is not a slow page
        page.reload()
        times.append(page.evaluate(timing))
    assert page.locator("img").count() >= 20
    assert len(html.encode()) < 15_000_000
    assert min(times) < 1000, times
    tab.assert_quiet()
