"""What the lists of the admin can be asked for in the address."""

from collections.abc import Callable, Mapping
from uuid import UUID

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime


class ClosedList(admin.ModelAdmin):  # type: ignore[type-arg]  # takes its argument only in the stubs
    """Takes the parameters that its own filters write, with values they could write, and refuses others with 400.

    Django takes every lookup of every column: what must not be shown could be spelled out letter by letter with
    `__startswith`, and a regular expression could keep the database busy for minutes.
    """

    # What may be asked for, and which values it takes.
    lookups: Mapping[str, Callable[[str], bool]] = {}

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup in self.lookups and self.lookups[lookup](value)


class ReadOnlyList(ClosedList):
    """Its rows can be looked up; no form adds, changes or deletes one."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def is_flag(value: str) -> bool:
    return value in ("0", "1")


def is_id(value: str) -> bool:
    try:
        return str(UUID(value)) == value
    except ValueError:
        return False


def is_moment(value: str) -> bool:
    """Far from the ends of the calendar, where a change of the time zone overflows."""
    try:
        moment = parse_datetime(value)
    except ValueError:
        return False
    return moment is not None and timezone.is_aware(moment) and 1900 <= moment.year <= 2999
