"""Notes as support staff may see them: whose, called what, and when; never the text."""

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin_lists import ClosedList, is_flag, is_id
from notes.models import Note
from notes.models.note import NoteQuerySet


@admin.register(Note)
class NoteAdmin(ClosedList):
    """Can be looked up, and nothing else: a note is written and deleted by its owner."""

    list_display = ["title", "owner", "version", "updated_at", "trashed_at"]
    list_filter = ["is_pinned", "is_archived", ("trashed_at", admin.EmptyFieldListFilter)]
    lookups = {
        "is_pinned__exact": is_flag,
        "is_archived__exact": is_flag,
        "trashed_at__isempty": is_flag,
        "owner": is_id,
    }
    list_select_related = ["owner"]
    search_fields = ["title", "owner__email"]
    search_help_text = "Part of the title or of the e-mail address of the owner"
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

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Note | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Note | None = None) -> bool:
        return False
