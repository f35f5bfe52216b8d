"""The paths and names in the documents for contributors exist in the code."""

import ast
import re
from functools import cache

from notes_api.tests.edge.server import ROOT

PAGES = [
    "docs/architecture.md",
    "CONTRIBUTING.md",
    "docs/performance.md",
    *sorted(str(page.relative_to(ROOT)) for page in ROOT.glob("docs/decisions/*.md")),
    *sorted(str(page.relative_to(ROOT)) for page in ROOT.glob("docs/measurements/*.md")),
]
PACKAGES = ("notes_api", "outbox", "accounts", "notes", "benchmarks")
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*(?:/|\.(?:py|toml|md|yml|yaml|json|ini|in|txt|sh))")
# Class, Class.attribute, function(), package.module.name; a plain lower-case word may be anything.
NAME = re.compile(
    r"[A-Z][a-z]+[A-Z]\w*|[A-Z][a-z]\w*(?:\.\w+)+|[a-z_]+(?:\.\w+)*\(\)|" rf"(?:{'|'.join(PACKAGES)})(?:\.\w+)+"
)


def code_in(page):
    """The inline code of a page, without its code blocks."""
    text = re.sub(r"^```.*?^```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"`([^`\n]+)`", text)


def paths_in(page):
    """The paths in inline code and the labels of diagrams."""
    labels = re.findall(r'\["([\w/]+)"\]', (ROOT / page).read_text(encoding="utf-8"))
    return {code for code in code_in(page) if PATH.fullmatch(code)} | set(labels)


def names_in(page):
    found = {code for code in code_in(page) if NAME.fullmatch(code) and not PATH.fullmatch(code)}
    return {name.removesuffix("()") for name in found}


@cache
def words_of_the_code():
    """Every identifier and every word of a string or comment in the project's own modules and templates."""
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return {word for path in files for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))}


@cache
def classes():
    """Class name → names of its bases, and the names that its body defines or assigns to `self`."""
    found = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    found.setdefault(node.name, (bases_of(node), set()))[1].update(members_of(node))
    return found


def bases_of(node):
    return set(re.findall(r"\w+", " ".join(ast.unparse(base) for base in node.bases)))


def members_of(node):
    for part in ast.walk(node):
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield part.name
        elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id
        elif isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store):
            yield part.attr


def has_member(class_name, member):
    bases, members = classes().get(class_name, (set(), set()))
    return member in members or any(has_member(base, member) for base in bases)


def is_module(name):
    path = ROOT.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def exists(name):
    """Whether the code has a module, class, attribute or function of this name."""
    first, *rest = name.split(".")
    if first in PACKAGES:
        head, _, last = name.rpartition(".")
        return is_module(name) or (is_module(head) and last in words_of_the_code())
    if first in classes() and rest:
        return has_member(first, rest[0]) and set(rest[1:]) <= words_of_the_code()
    return {first, *rest} <= words_of_the_code()


def test_every_path_that_a_document_names_exists():
    assert [(page, path) for page in PAGES for path in sorted(paths_in(page)) if not (ROOT / path).exists()] == []


def test_every_name_that_a_document_uses_exists_in_the_code():
    assert [(page, name) for page in PAGES for name in sorted(names_in(page)) if not exists(name)] == []


def test_the_architecture_page_names_every_package():
    folders = {f"{path.parent.relative_to(ROOT)}" for path in ROOT.glob("*/*/__init__.py")}
    named = {path.rstrip("/") for path in paths_in("docs/architecture.md")}

    assert {f"notes_api/{name}" for name in ("config", "db", "monitoring", "rest", "server")} <= named & folders
    assert {"notes/views", "notes/models", "notes/search", "accounts/views", "accounts/models"} <= named & folders
