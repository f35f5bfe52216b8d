"""README and the other documents are true."""

import re

import pytest

from notes_api.tests.documents import commands, masked, printed, read, untrue_answers
from notes_api.tests.edge.server import ROOT
from notes_api.tests.live_server import scratch_database, serving

DOCUMENTS = sorted(str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def code_in(text):
    """Return the inline code and code blocks of a document."""
    return re.findall(r"^```(?:console|sh)?\n(.*?)^```|`([^`\n]+)`", text, re.MULTILINE | re.DOTALL)


def targets_named_in(name):
    code = "\n".join(line for pair in code_in(read(name)) for line in pair)
    return set(re.findall(r"^(?:\$ )?make(?: [A-Z_]+=\S+)* ([a-z][a-z-]*)", code, re.MULTILINE))


def targets_of_the_makefile():
    return set(re.findall(r"^([a-z][a-z-]*):", read("Makefile"), re.MULTILINE))


def anchors_of(name):
    """Return the fragments of a document's headings."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", read(name), flags=re.MULTILINE | re.DOTALL),
                          re.MULTILINE)  # fmt: skip
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(name):
    """Return the relative links without a target."""
    text = re.sub(r"^```.*?^```", "", read(name), flags=re.MULTILINE | re.DOTALL)
    found = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, fragment = link.partition("#")
        target = ((ROOT / name).parent / path).resolve() if path else ROOT / name
        if not target.exists() or (fragment and fragment not in anchors_of(target.relative_to(ROOT))):
            found.append(link)
    return found


def codes_in_the_code():
    """Return the code of every problem in the source."""
    packages = [ROOT / name for name in ("notes_api", "outbox", "accounts", "notes")]
    modules = [path for package in packages for path in package.rglob("*.py") if "tests" not in path.parts]
    refusal = re.compile(
        r'(?:Problem|EarlyError|reject|make_error|problem_response|__init__)\((?:\w+, )?\s*[45]\d\d,\s*"([a-z_]+)"'
        r'|^    (?:default_)?code = "([a-z_]+)"',
        re.MULTILINE,
    )
    return {one or other for path in modules for one, other in refusal.findall(path.read_text(encoding="utf-8"))}


def codes_in_the_guide():
    rows = re.findall(r"^\| [45]\d\d \| (.*?) \|", read("docs/api.md"), re.MULTILINE)
    return {code for row in rows for code in re.findall(r"`([a-z_]+)`", row)}


@pytest.fixture(scope="module")
def fresh_product(template):
    """The product without accounts, so that the examples can use the addresses of the guide."""
    with scratch_database(template) as database, serving(database) as server:
        yield server


def test_the_commands_of_the_readme_print_what_it_shows(fresh_product):
    examples = commands("README.md")

    assert [masked(text) for text in printed(examples, fresh_product)] == [masked(output) for _, output in examples]
    assert len(examples) == 4


def test_the_responses_in_the_api_guide_are_those_of_the_server(fresh_product):
    assert untrue_answers(read("docs/api.md"), fresh_product) == []


def test_the_guide_lists_every_code_of_a_problem():
    assert codes_in_the_code() - codes_in_the_guide() == set()
    assert {"edit_conflict", "invalid_token", "payload_too_large", "not_ready"} <= codes_in_the_code()


def test_the_documents_name_no_make_target_that_is_missing():
    targets = targets_of_the_makefile()

    assert {name: missing for name in DOCUMENTS if (missing := targets_named_in(name) - targets)} == {}


def test_every_relative_link_leads_somewhere():
    assert {name: links for name in DOCUMENTS if (links := broken_links(name))} == {}


def test_the_readme_names_the_targets_to_begin_with():
    assert {"run", "test", "check"} <= targets_named_in("README.md")
