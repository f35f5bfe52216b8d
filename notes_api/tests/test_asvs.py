"""docs/security/asvs.md names tests and files that exist."""

import re
from collections import Counter

from notes_api.settings import BASE_DIR

PAGE = (BASE_DIR / "docs/security/asvs.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| (\d+\.\d+\.\d+) \|(.*) \|$", PAGE, re.MULTILINE))


def test_every_requirement_is_listed_once():
    others = " ".join(re.findall(r"^Not applicable: (.*?)\. ", PAGE, re.MULTILINE))
    listed = re.findall(r"^\| (\d+\.\d+\.\d+) \|", PAGE, re.MULTILINE) + re.findall(r"\d+\.\d+\.\d+", others)

    assert [requirement for requirement, times in Counter(listed).items() if times > 1] == []
    # The number of requirements of levels 1 and 2 in version 5.0.0.
    assert len(listed) == 253


def missing_tests(row):
    """Return the tests that a row names and its files do not define."""
    files = [BASE_DIR / name for name in re.findall(r"`(\w+/[\w/]+\.py)`", row)]
    defined = {name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)}
    return set(re.findall(r"\b(test_\w+)\b(?!\.py)", row)) - defined


def test_every_requirement_names_tests_that_exist():
    assert {requirement: missing for requirement, row in ROWS.items() if (missing := missing_tests(row))} == {}
    assert len(ROWS) > 150
