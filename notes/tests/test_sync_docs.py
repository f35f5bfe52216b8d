"""The documents about sync name tests and pages that exist."""

import re

import pytest

from notes_api.tests.edge.server import ROOT

PAGES = [
    "docs/sync.md",
    "docs/decisions/one-clock.md",
    "docs/decisions/new-epoch.md",
    "docs/decisions/change-listener.md",
]


@pytest.fixture(scope="module")
def tests():
    files = ROOT.glob("*/tests/**/test_*.py")
    return {name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)}


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_a_page_names_exists(page, tests):
    named = re.findall(r"`(test_\w+)`", (ROOT / page).read_text())

    assert named
    assert set(named) <= tests


def test_every_page_that_a_page_links_to_exists(subtests):
    for page in [*PAGES, "docs/offline-client.md"]:
        with subtests.test(page=page):
            links = re.findall(r"\]\((?!http)([^)#]+)", (ROOT / page).read_text())

            assert links
            assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []
