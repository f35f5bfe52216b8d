"""Every query of the API begins with the notes that the credentials know."""

import ast
from pathlib import Path

import pytest

import notes
from notes.exceptions import TooManyTags
from notes.models.visibility import Visibility

ROOT = Path(notes.__file__).parent
# What handles requests: views, lists, batches and streams.
MODULES = sorted(
    [*ROOT.glob("views/*.py"), *ROOT.glob("lists/*.py"), *ROOT.glob("serializers/*.py"), *ROOT.glob("*.py")]
)
# How a query on notes may begin.
VISIBLE = {"visible_to", "ever_visible_to", "in_feed_of"}
# Without a limit: for other credentials, and where another query of the statement is limited.
UNLIMITED = {"lists/feed.py changed_notes", "lists/note_list.py read_matches"}
# They read or write no note that the request has not read before.
OTHER = {
    "views/": {"none", "create_note"},
    "batch.py": {"create_note"},
    # It reads the rest of notes that a query has selected.
    "lists/page.py load_long_texts": {"filter"},
    # It links a stored response to the notes in it.
    "views/idempotency.py store_response": {"among"},
    # Staff see all accounts.
    "admin.py": {"for_staff", "not_purged"},
}


def beginnings(path):
    """Yield the function in which each query on notes begins, its first method, and whether it passes on a limit."""
    for function in ast.walk(ast.parse(path.read_text())):
        if isinstance(function, ast.FunctionDef | ast.ClassDef | ast.Module):
            for node in own_nodes(function):
                if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[0] == "Note.objects":
                    passed = [*map(ast.unparse, node.args), *(ast.unparse(each.value) for each in node.keywords)]
                    has_limit = any("limit" in text or "visibility.values" in text for text in passed)
                    yield getattr(function, "name", ""), node.func.attr, has_limit


def own_nodes(function):
    """Yield what a function contains, without the functions and classes in it."""
    for child in ast.iter_child_nodes(function):
        if not isinstance(child, ast.FunctionDef | ast.ClassDef):
            yield child
            yield from own_nodes(child)


def is_allowed(place, method, has_limit):
    if method in VISIBLE:
        return has_limit or place in UNLIMITED
    return any(place.startswith(where) and method in methods for where, methods in OTHER.items())


def test_every_query_on_notes_begins_with_those_that_the_credentials_know():
    queries = [
        (f"{path.relative_to(ROOT)} {function}", *query) for path in MODULES for function, *query in beginnings(path)
    ]

    assert len(queries) > 10
    assert [query for query in queries if not is_allowed(*query)] == []


def test_no_view_names_an_owner_in_place_of_what_the_credentials_know():
    texts = {path.name: path.read_text() for path in MODULES}

    assert [name for name, text in texts.items() if "owned_by(" in text and name != "admin.py"] == []


KEPT = [
    ([], [], ["work"]),
    (["team"], [], ["team"]),
    (["team", "work", "x"], ["y"], ["y", "team", "work"]),
    (["team"], ["work"], ["work"]),
    (["x"], ["y"], ["y", "work"]),
]


def test_a_write_keeps_a_tag_of_the_limit(subtests):
    for before, after, kept in KEPT:
        with subtests.test(before=before, after=after, kept=kept):
            assert Visibility(None, ("work", "team")).keep_tags(before, after) == kept


def test_without_a_limit_a_write_may_remove_every_tag():
    assert Visibility(None).keep_tags(["work"], []) == []


def test_a_note_never_gets_more_tags_than_it_may_have():
    with pytest.raises(TooManyTags):
        Visibility(None, ("work",)).keep_tags([], [f"t{number}" for number in range(50)])
