"""Notes as support staff may see them: whose, called what, and when; never the text."""

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin_lists import ReadOnlyList, is_flag, is_id
from notes.models import Note
from notes.models.note import NoteQuerySet


class Flag(admin.SimpleListFilter):
    """Yes or no, by what narrows the lists of the API, too."""

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Note]") -> list[tuple[str, str]]:
        return [("1", "Yes"), ("0", "No")]

    def queryset(  # type: ignore[override]  # the stubs say a plain QuerySet
        self, request: HttpRequest, queryset: NoteQuerySet
    ) -> NoteQuerySet:
        return queryset if self.value() is None else self.narrowed(queryset, self.value() == "1")

    def narrowed(self, notes: NoteQuerySet, is_so: bool) -> NoteQuerySet:
        raise NotImplementedError


class Pinned(Flag):
    title, parameter_name = "pinned", "is_pinned"

    def narrowed(self, notes: NoteQuerySet, is_so: bool) -> NoteQuerySet:
        return notes.pinned(is_so)


class Archived(Flag):
    title, parameter_name = "archived", "is_archived"

    def narrowed(self, notes: NoteQuerySet, is_so: bool) -> NoteQuerySet:
        return notes.archived(is_so)


class InTrash(Flag):
    title, parameter_name = "in the trash", "in_trash"

    def narrowed(self, notes: NoteQuerySet, is_so: bool) -> NoteQuerySet:
        return notes.trashed() if is_so else notes.active()


@admin.register(Note)
class NoteAdmin(ReadOnlyList):
    """Can be looked up, and nothing else: a note is written and deleted by its owner."""

    list_display = ["title", "owner", "version", "updated_at", "trashed_at"]
    list_filter = [Pinned, Archived, InTrash]
    lookups = {"is_pinned": is_flag, "is_archived": is_flag, "in_trash": is_flag, "owner": is_id}
    list_select_related = ["owner"]
    search_fields = ["title", "owner__email"]
    search_help_text = "Beginnings of words of the title, or part of the e-mail address of the owner"
    # Ids are in the order of creation, and indexed; no other order of all notes is.
    ordering = ["-id"]
    sortable_by = []
    show_full_result_count = False
    fields = ["id", "owner", "title", "is_pinned", "is_archived", "version", "created_at", "updated_at", "trashed_at"]

    def get_queryset(self, request: HttpRequest) -> NoteQuerySet:
        return Note.objects.for_staff().order_by(*self.ordering)

    def get_search_results(  # type: ignore[override]  # the stubs say a plain QuerySet
        self, request: HttpRequest, queryset: NoteQuerySet, search_term: str
    ) -> tuple[NoteQuerySet, bool]:
        for word in search_term.split():
            queryset = queryset.titled_or_owned_like(word)
        return queryset, False
