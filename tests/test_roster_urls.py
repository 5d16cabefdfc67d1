"""Every form of an address that people paste becomes one URL, or a sentence."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harvester.roster import canonical_url, same_repository
from harvester.roster.urls import shown, without_secrets

ONE = "https://github.com/Ada/Loom"


@pytest.mark.parametrize(
    "text",
    [
        "https://github.com/Ada/Loom",
        "https://github.com/Ada/Loom/",
        "https://github.com/Ada/Loom.git",
        "  https://github.com/Ada/Loom\t",
        "http://github.com/Ada/Loom",
        "HTTPS://WWW.GitHub.COM/Ada/Loom",
        "github.com/Ada/Loom",
        "www.github.com/Ada/Loom/",
        "https://github.com//Ada//Loom",
        "https://github.com:443/Ada/Loom",
        "https://github.com/Ada/Loom/tree/main",
        "https://github.com/Ada/Loom/blob/main/reports/README.md#L3",
        "https://github.com/Ada/Loom?tab=readme-ov-file#loom",
        "https://github.com/Ada/Loom/actions/runs/17",
        "https://raw.githubusercontent.com/Ada/Loom/main/README.md",
        "https://api.github.com/repos/Ada/Loom",
        "git@github.com:Ada/Loom.git",
        "git@github.com/Ada/Loom",
        "github.com:Ada/Loom",
        "ssh://git@github.com/Ada/Loom.git",
        "ssh://git@github.com:Ada/Loom.git",
        "git+https://github.com/Ada/Loom.git",
        "git clone https://github.com/Ada/Loom.git",
        "git clone git@github.com:Ada/Loom.git",
        "[our loom](https://github.com/Ada/Loom)",
        "<https://github.com/Ada/Loom>",
        '<a href="https://github.com/Ada/Loom">here</a>',
        "Our repository: https://github.com/Ada/Loom.",
        "(https://github.com/Ada/Loom)",
        "https://github.com/ Ada/Loom",
        "https://github.com/Ada / Loom",
        "https:/github.com/Ada/Loom",
        "https//github.com/Ada/Loom",
        "https://https://github.com/Ada/Loom",
        "\ufeffhttps://github.com/Ada/Loom\u200b",
        "https://github.com/Ada/Loom\u00a0(main)",
    ],
)
def test_one_url_for_every_form(text: str) -> None:
    assert canonical_url(text) == (ONE, None)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://gitlab.com/guild/sub/loom/-/tree/main", "https://gitlab.com/guild/sub/loom"),
        ("git@gitlab.example.org:guild/loom.git", "https://gitlab.example.org/guild/loom"),
        ("https://git.example.org:8443/guild/loom", "https://git.example.org:8443/guild/loom"),
        ("ssh://git@git.example.org:2222/guild/loom", "https://git.example.org/guild/loom"),
        ("https://bitbucket.org/guild/loom/src/main/", "https://bitbucket.org/guild/loom"),
        ("https://github.example.org/Ada/Loom/issues", "https://github.example.org/Ada/Loom"),
        ("https://github.com/Ada/loom.js", "https://github.com/Ada/loom.js"),
        ("https://github.com/Ada/-loom_2", "https://github.com/Ada/-loom_2"),
    ],
)
def test_other_forges_and_names(text: str, url: str) -> None:
    assert canonical_url(text) == (url, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "There is no address"),
        ("later", "is no address of a repository"),
        ("owner/name", "is no address of a repository"),
        ("ada@example.org", "is no address of a repository"),
        ("https://github.com", "names a host and no repository"),
        ("https://github.com/Ada", "names an owner and no repository"),
        ("https://github.com/Ada/.git", "names an owner and no repository"),
        ("https://github.com/orgs/guild/repositories", "leads to a page of GitHub"),
        ("https://gist.github.com/Ada/0123", "leads to a gist"),
        ("https://wandb.ai/ada/loom", "leads to a Weights & Biases page"),
        ("https://ada.github.io/loom", "leads to published pages"),
        ("https://github.com/../Loom", "holds characters"),
        ("https://github.com/Ada/Lo%0aom", "holds characters"),
        ("https://gith\u0443b.com/Ada/Loom", "names no host"),
        ("ftp://example.org/ada/loom", "uses ftp://"),
        ("--upload-pack=touch x", "an option or a command"),
        ("ext::sh -c x", "an option or a command"),
        ("https://github.com/Ada/Lo\x07om", "control characters"),
        ("https://github.com/Ada/" + "x" * 3000, "longer than any address"),
        ("file:///srv/loom.git", "needs `file` under allow_protocols"),
        ("/srv/loom.git", "needs `file` under allow_protocols"),
        ("git://127.0.0.1/loom", "needs `git` under allow_protocols"),
    ],
)
def test_what_is_no_repository_is_said(text: str, words: str) -> None:
    url, fault = canonical_url(text)

    assert url is None
    assert fault is not None
    assert words in fault


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("file:///srv/loom.git", "file:///srv/loom.git"),
        ("/srv/loom.git", "file:///srv/loom.git"),
        ("git://127.0.0.1/loom.git", "git://127.0.0.1/loom.git"),
    ],
)
def test_local_addresses_where_the_course_names_them(text: str, url: str) -> None:
    assert canonical_url(text, ("file", "git")) == (url, None)


def test_ssh_where_only_ssh_is_allowed() -> None:
    assert canonical_url("https://github.com/Ada/Loom", ("ssh",)) == ("ssh://git@github.com/Ada/Loom", None)
    assert canonical_url("ssh://git@example.org:22/a/b", ("ssh",)) == ("ssh://git@example.org:22/a/b", None)
    assert canonical_url("git@github.com:Ada/Loom", ("https", "ssh")) == (ONE, None)


@pytest.mark.parametrize(
    "text",
    [
        "https://ada:hunter2@github.com/Ada/Loom",
        "https://hunter2@github.com/Ada/Loom.git",
        "https://ada:hun@ter2@github.com/Ada/Loom",
        "hunter2@github.com:Ada/Loom.git",
    ],
)
def test_secrets_are_dropped_and_never_quoted(text: str) -> None:
    url, note = canonical_url(text)

    assert url == ONE
    assert note is not None
    assert "revoke" in note
    assert "hun" not in note
    assert "hun" not in without_secrets(text)
    assert "ter2" not in without_secrets(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://ada:hunter2@gist.github.com/1",
        "ada:hunter2@github.com/x",
        "https://example.org?access_token=hunter2",
        "ghp_hunter2",
    ],
)
def test_faults_quote_no_secret(text: str) -> None:
    url, fault = canonical_url(text)

    assert url is None
    assert "hunter2" not in str(fault)


def test_another_branch_is_said() -> None:
    url, note = canonical_url("https://github.com/Ada/Loom/tree/dev")

    assert url == ONE
    assert note == "The address leads to the branch “dev”; the default branch is graded."


def test_cases_and_protocols_do_not_tell_repositories_apart() -> None:
    assert same_repository("https://github.com/ada/loom") == same_repository(ONE)
    assert same_repository("ssh://git@github.com/Ada/Loom") == same_repository(ONE)
    assert same_repository("https://github.com/ada/loom2") != same_repository(ONE)


NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,20}[A-Za-z0-9]", fullmatch=True).filter(
    lambda name: not name.lower().endswith(".git")
)
PIECES = st.sampled_from([
    "https://", "http://", "ssh://", "git@", "github.com", "/", ":", "@", "a", "b.git", "..", "%2e", "?", "#", "\n",
    " ", "[x](", ")", "<", ">", "-", "--x", "ext::", "file://", "\u202e", "\\", "tree/", "\x00", "é", "[::1]", ":99999",
])  # fmt: skip
FORMS = st.sampled_from(["https://github.com/{}/{}/", "git@github.com:{}/{}.git", "see github.com/{}/{}"])


@given(owner=NAMES, name=NAMES, form=FORMS)
def test_owner_and_name_stay_as_written(owner: str, name: str, form: str) -> None:
    if owner.lower() in ("about", "apps", "search", "stars", "topics", "login", "users", "orgs"):
        return
    assert canonical_url(form.format(owner, name))[0] == f"https://github.com/{owner}/{name}"


@given(st.text(max_size=300) | st.lists(PIECES, max_size=30).map("".join))
@example("ssh://https:owner/name")
def test_any_text_gives_a_safe_url_or_a_sentence(text: str) -> None:
    url, note = canonical_url(text)

    if url is None:
        assert note
    else:
        assert re.fullmatch(r"https://[a-z0-9.-]+(:\d+)?(/[A-Za-z0-9._~+-]+){2,}", url), url
        assert not {"..", "."} & set(url.split("/"))
        assert canonical_url(url) == (url, None)


@given(st.text(max_size=300) | st.lists(PIECES, max_size=30).map("".join))
def test_a_quoted_text_is_one_short_line(text: str) -> None:
    assert len(shown(text)) <= 82
    assert "\n" not in shown(text)
