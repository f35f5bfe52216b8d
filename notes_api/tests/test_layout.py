"""Files, functions and top levels stay small."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST_ENTRIES = {"notes_api": 16, "accounts": 20, "notes": 20, "outbox": 20}
MODULES = [
    path
    for folder in (*MOST_ENTRIES, "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.relative_to(ROOT).parts
]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def test_a_file_has_at_most_250_lines():
    assert [str(path) for path in MODULES if len(path.read_text().splitlines()) > 250] == []


def test_a_function_outside_of_tests_has_at_most_25_lines():
    long = [
        f"{path}:{node.lineno}"
        for path in MODULES
        if "tests" not in path.relative_to(ROOT).parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, FUNCTIONS) and node.end_lineno - node.lineno >= 25
    ]
    assert long == []


@pytest.mark.parametrize(("app", "most"), list(MOST_ENTRIES.items()))
def test_the_top_level_of_an_app_has_few_entries(app, most):
    assert len([path for path in (ROOT / app).iterdir() if path.name != "__pycache__"]) <= most


def test_at_most_five_modules_import_each_other():
    """Imports for types alone count, too: the modules can be understood only together."""
    product = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in MODULES
        if not {"tests", "benchmarks"} & {*path.relative_to(ROOT).parts}
    }
    imported = {name: imports_of(path, product) for name, path in product.items()}
    reached = {name: reachable(imported, name) for name in imported}

    together = {name: {other for other in reached[name] if name in reached[other]} for name in reached}
    assert {name: others for name, others in together.items() if len(others) > 5} == {}


def imports_of(path, product):
    """Return the modules of the product that this one names. Other names count for the package they come from."""
    statements = [each for each in ast.walk(ast.parse(path.read_text())) if isinstance(each, ast.ImportFrom)]
    names = [(each.module, f"{each.module}.{alias.name}") for each in statements for alias in each.names]
    return {name if name in product else package for package, name in names} & product.keys()


def reachable(imported, name):
    """Return the modules that this one imports, directly or not."""
    found, waiting = set(), [name]
    while waiting:
        new = imported[waiting.pop()] - found
        found |= new
        waiting += new
    return found
