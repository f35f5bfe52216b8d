"""The scopes of credentials (RFC 6749, section 3.3)."""

from collections.abc import Collection
from enum import StrEnum
from functools import lru_cache


class Scope(StrEnum):
    READ = "notes:read"
    # All scopes of notes.
    WRITE = "notes:write"
    # Create notes without reading any: for a form on a web page, a sensor, a shared computer.
    APPEND = "notes:append"
    # Read and write, but delete nothing: for a program that may make mistakes. Overwritten texts become revisions.
    EDIT = "notes:edit"
    # Move notes to the trash and out of it.
    TRASH = "notes:trash"
    # Delete permanently: notes in the trash, and earlier texts.
    PURGE = "notes:purge"
    # Everything that is not about notes. Login sessions have it; API tokens cannot.
    ACCOUNT = "account"


# In the order of the documentation.
TOKEN_SCOPES = (Scope.READ, Scope.WRITE, Scope.APPEND, Scope.EDIT, Scope.TRASH, Scope.PURGE)
# What a program gets that asks for no scope.
DEFAULT_SCOPES = (Scope.READ,)
# What agents are told to ask for. They ask for all of it, and nothing of it deletes permanently.
PROPOSED_SCOPES = (Scope.READ, Scope.APPEND, Scope.EDIT, Scope.TRASH)
LOGIN_SCOPES = frozenset(Scope)
# What a person reads about each scope, and what follows from it.
SCOPE_TEXTS = {
    Scope.READ: ("Read your notes", "with their earlier texts and the trash"),
    Scope.WRITE: ("Do anything with your notes", "also delete them permanently"),
    Scope.APPEND: ("Add notes and text", "without reading what is there"),
    Scope.EDIT: ("Read, create and change notes", "without deleting; earlier texts are kept"),
    Scope.TRASH: ("Move notes to the trash", "and restore them"),
    Scope.PURGE: ("Delete permanently", "notes in the trash, and earlier texts"),
}
# Follows the scopes of a token that is limited to tags.
LIMITED = "@tags"
INCLUDED = {Scope.WRITE: frozenset(TOKEN_SCOPES), Scope.EDIT: frozenset({Scope.EDIT, Scope.READ, Scope.APPEND})}


def expand_scopes(scopes: Collection[str]) -> frozenset[Scope]:
    """Return everything that a token with these scopes may do. Unknown scopes are ignored."""
    return expand_once(tuple(scopes))


@lru_cache(maxsize=64)
def expand_once(scopes: tuple[str, ...]) -> frozenset[Scope]:
    names = set(map(plain_scope, scopes))
    granted = frozenset(scope for scope in TOKEN_SCOPES if scope in names)
    return granted.union(*(INCLUDED[scope] for scope in granted & INCLUDED.keys()))


def limited_scope(scope: str) -> str:
    """Return what the database has in place of a scope of a token that is limited to tags.

    A version of the server that knows no such limits ignores it as an unknown scope, and so grants nothing: while it
    serves next to this one during an upgrade, and after a return to it.
    """
    return scope + LIMITED


def plain_scope(name: str) -> str:
    return name.removesuffix(LIMITED)
