"""Notes in the admin: staff see owner, title and times, but no content. Credentials there show how much they wrote."""

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin import users  # noqa: F401  # it registers API tokens and grants
from accounts.admin.api_tokens import ApiTokenAdmin
from accounts.admin.daily_counts import CountedByDay
from accounts.admin.grants import GrantAdmin
from accounts.admin.lists import ReadOnlyAdmin, is_flag, is_uuid
from accounts.models import ApiToken, Credential, Grant
from notes.models import Note
from notes.models.note_queryset import NoteQuerySet
from notes.models.undoing import count_changes


class Flag(admin.SimpleListFilter):
    """A filter with the choices Yes and No, which uses the same QuerySet methods as the API."""

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Note]") -> list[tuple[str, str]]:
        return [("1", "Yes"), ("0", "No")]

    def queryset(  # type: ignore[override]  # the stubs expect a plain QuerySet
        self, request: HttpRequest, queryset: NoteQuerySet
    ) -> NoteQuerySet:
        return queryset if self.value() is None else self.filter_notes(queryset, self.value() == "1")

    def filter_notes(self, notes: NoteQuerySet, is_yes: bool) -> NoteQuerySet:
        raise NotImplementedError


class Pinned(Flag):
    title, parameter_name = "pinned", "is_pinned"

    def filter_notes(self, notes: NoteQuerySet, is_yes: bool) -> NoteQuerySet:
        return notes.pinned(is_yes)


class Archived(Flag):
    title, parameter_name = "archived", "is_archived"

    def filter_notes(self, notes: NoteQuerySet, is_yes: bool) -> NoteQuerySet:
        return notes.archived(is_yes)


class InTrash(Flag):
    title, parameter_name = "trash", "in_trash"

    def filter_notes(self, notes: NoteQuerySet, is_yes: bool) -> NoteQuerySet:
        return notes.trashed() if is_yes else notes.active()


@admin.register(Note)
class NoteAdmin(CountedByDay, ReadOnlyAdmin):
    """Notes are read-only here: only their owners write and delete them."""

    additions_label = "New notes"
    # Clients may choose ids, so ids are not in the order of creation.
    ordering = ["-created_at", "-id"]
    list_display = ["title", "owner", "version", "updated_at", "trashed_at"]
    list_filter = [Pinned, Archived, InTrash]
    lookups = {"is_pinned": is_flag, "is_archived": is_flag, "in_trash": is_flag, "owner": is_uuid}
    list_select_related = ["owner"]
    search_fields = ["title", "owner__email"]
    search_help_text = "Beginnings of words in the title, or part of the owner's e-mail address"
    fields = ["id", "owner", "title", "is_pinned", "is_archived", "version", "created_at", "updated_at", "trashed_at"]

    def countable(self) -> NoteQuerySet:
        return Note.objects.not_purged()

    def get_queryset(self, request: HttpRequest) -> NoteQuerySet:
        return Note.objects.for_staff().order_by(*self.ordering)

    def get_search_results(  # type: ignore[override]  # the stubs expect a plain QuerySet
        self, request: HttpRequest, queryset: NoteQuerySet, search_term: str
    ) -> tuple[NoteQuerySet, bool]:
        for word in search_term.split():
            queryset = queryset.with_title_or_owner_like(word)
        return queryset, False


class ShowsChanges:
    """A mixin for admins of credentials, which shows how much each has written."""

    @admin.display(description="last author of")
    def has_written(self, credential: Credential) -> str:
        """Count the notes, deletions included, and the earlier states that name the credential."""
        counts = count_changes(credential)
        last = "" if counts.last_at is None else f", the last one at {counts.last_at:%Y-%m-%d %H:%M} UTC"
        return f"{counts.notes} notes and {counts.revisions} earlier states{last}"


class TokenAuthorAdmin(ShowsChanges, ApiTokenAdmin):
    fields = [*ApiTokenAdmin.fields, "has_written"]
    readonly_fields = [*ApiTokenAdmin.readonly_fields, "has_written"]


class GrantAuthorAdmin(ShowsChanges, GrantAdmin):
    fields = [*GrantAdmin.fields, "has_written"]
    readonly_fields = [*GrantAdmin.readonly_fields, "has_written"]


admin.site.unregister([ApiToken, Grant])
admin.site.register(ApiToken, TokenAuthorAdmin)
admin.site.register(Grant, GrantAuthorAdmin)
