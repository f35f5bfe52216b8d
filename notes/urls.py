from typing import Any

from django.urls import path

from notes.mcp.view import McpView
from notes.views.batch import BatchView
from notes.views.changes import ChangesView
from notes.views.content import AppendView, EditView
from notes.views.diff import DiffView
from notes.views.exports import ExportView, NewExportView
from notes.views.imports import ImportView, NewImportView
from notes.views.notes import NoteViewSet
from notes.views.revisions import RevisionViewSet
from notes.views.stream import StreamView
from notes.views.tags import TagViewSet
from notes.views.trash import TrashViewSet
from notes.views.undo import GrantUndoView, TokenUndoView
from notes_api.rest.renderers import FastJSONRenderer, MarkdownRenderer

Actions = dict[str, Any]  # Any: the names of methods

# One note can be had as bare Markdown, too.
READABLE: Actions = {"renderer_classes": [FastJSONRenderer, MarkdownRenderer]}
ONE_NOTE: Actions = {"get": "retrieve", "put": "update", "patch": "partial_update", "delete": "destroy"}

urlpatterns = [
    path("notes", NoteViewSet.as_view({"get": "list", "post": "create"})),
    path("notes/batch", BatchView.as_view()),
    path("notes/<id:pk>", NoteViewSet.as_view(ONE_NOTE, **READABLE)),
    path("notes/<id:pk>/append", AppendView.as_view({"post": "append"})),
    path("notes/<id:pk>/edit", EditView.as_view({"post": "edit"})),
    path("notes/<id:pk>/revisions", RevisionViewSet.as_view({"get": "list"})),
    path("notes/<id:pk>/revisions/<int:version>", RevisionViewSet.as_view({"get": "retrieve", "delete": "destroy"})),
    path("notes/<id:pk>/revisions/<int:version>/restore", RevisionViewSet.as_view({"post": "restore"})),
    path("notes/<id:pk>/revisions/<int:version>/diff", DiffView.as_view({"get": "retrieve"})),
    path("trash", TrashViewSet.as_view({"get": "list", "delete": "destroy_all"})),
    path("trash/<id:pk>", TrashViewSet.as_view({"get": "retrieve", "delete": "destroy"}, **READABLE)),
    path("trash/<id:pk>/restore", TrashViewSet.as_view({"post": "restore"})),
    path("tokens/<id:pk>/undo", TokenUndoView.as_view()),
    path("grants/<id:pk>/undo", GrantUndoView.as_view()),
    path("tags", TagViewSet.as_view({"get": "list"})),
    path("tags/<path:name>", TagViewSet.as_view({"patch": "partial_update", "delete": "destroy"})),
    path("changes", ChangesView.as_view()),
    path("changes/stream", StreamView.as_view()),
    path("imports", NewImportView.as_view()),
    path("imports/<id:pk>", ImportView.as_view()),
    path("export", NewExportView.as_view()),
    path("exports/<id:pk>", ExportView.as_view()),
    path("mcp", McpView.as_view()),
    # Users also paste the address with a slash.
    path("mcp/", McpView.as_view()),
]
