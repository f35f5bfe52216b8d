from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.authentication.bearer import AuthenticatedRequest
from accounts.permissions import HasScope
from accounts.scopes import Scope
from accounts.views.account_etag import account_etag, account_guard
from notes.lists.pagination import TagPagination
from notes.models import Note, TagCount
from notes.models.note_queryset import NoteQuerySet
from notes.serializers.tags import RenameTagSerializer, TagListParams, TagSerializer
from notes.views import examples
from notes.views.note_view import NoteView
from notes_api.rest.headers import LINK
from notes_api.rest.operation import operation
from notes_api.rest.parsers import MergePatchParser, StrictJSONParser
from notes_api.rest.problems import Problem
from notes_api.rest.tag_names import InvalidTag, clean_tag


class TagViewSet(NoteView, GenericViewSet[Note]):
    """The tags of your notes."""

    request: AuthenticatedRequest
    queryset = Note.objects.none()
    serializer_class = TagSerializer
    permission_classes = [IsAuthenticated, HasScope]
    pagination_class = TagPagination
    parser_classes = [StrictJSONParser, MergePatchParser]

    def get_queryset(self) -> NoteQuerySet:
        """Return all notes, also those in the trash: a note that is restored later has the new name."""
        return Note.objects.visible_to(**self.visibility.values)

    @operation(
        "listTags", "Tags", "List your tags",
        scope=Scope.READ, query=TagListParams, returns={200: TagSerializer(many=True)}, headers=[LINK],
        examples=examples.LIST_TAGS, features=[account_etag],
    )  # fmt: skip
    def list(self, request: AuthenticatedRequest) -> Response:
        """List the tags of your notes by name, each with the number of notes that have it."""
        page = TagPagination()
        tags = page.paginate_tags(self.visibility, request, self.query.get("cursor"), self.query["limit"])
        return page.get_paginated_response(tags)

    @operation(
        "renameTag", "Tags", "Rename a tag",
        scope=Scope.EDIT, body={"application/json": RenameTagSerializer}, returns={200: TagSerializer}, errors=[507],
        examples=examples.RENAME_TAG, features=[account_guard],
    )  # fmt: skip
    def partial_update(self, request: AuthenticatedRequest, name: str) -> Response:
        """Rename a tag on all notes at once. If the new name exists, the two tags are merged.

        With the `ETag` of `GET /tags` as `If-Match`, only if nothing in the account has changed since.
        """
        new = RenameTagSerializer.read(request.data)["name"]
        if not self.get_queryset().retag(request.user.pk, self.parse_tag(name), new, request.auth):
            raise NotFound
        return Response({"name": new, "count": self.count_notes(new)})

    @operation(
        "deleteTag", "Tags", "Remove a tag from all notes",
        scope=Scope.EDIT, returns={204: None}, features=[account_guard],
    )  # fmt: skip
    def destroy(self, request: AuthenticatedRequest, name: str) -> Response:
        """Remove a tag from all notes. The notes remain.

        With the `ETag` of `GET /tags` as `If-Match`, only if nothing in the account has changed since.
        """
        if not self.get_queryset().retag(request.user.pk, self.parse_tag(name), None, request.auth):
            raise NotFound
        return Response(status=204)

    def parse_tag(self, name: str) -> str:
        """Return the tag that a path names, trimmed and in NFC.

        Raises `NotFound` if no tag can have this name, and `Problem` if the credentials must not remove the tag.
        """
        try:
            tag = clean_tag(name)
        except InvalidTag:
            raise NotFound from None
        if tag in self.visibility.tags:
            detail = "This token is limited to notes with this tag, so it can neither rename nor remove the tag."
            raise Problem(403, "tag_limit", detail)
        return tag

    def count_notes(self, name: str) -> int:
        if self.visibility.tags:
            return self.get_queryset().active().tagged(name).count()
        return TagCount.objects.of_owner(self.request.user.pk).count_of(name)
