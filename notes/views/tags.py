from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.authentication import AuthenticatedRequest
from accounts.conditional import tagged_by_clock
from accounts.permissions import HasScope, needs
from accounts.scopes import Scope
from notes.models import Note
from notes.models.note import NoteQuerySet
from notes.pagination import TagPagination
from notes.permissions import IsOwner
from notes.problems import NoteView
from notes.serializers.tags import RenameTagSerializer, TagQuery, TagSerializer
from notes.tags import composed
from notes_api.parsers import MergePatchParser, StrictJSONParser
from notes_api.queries import takes_query
from notes_api.schema import ETAG, IF_NONE_MATCH, LINK, NOT_MODIFIED, answers, documented, example

HOME = example("Home", {"name": "home", "count": 12}, status="200")


class TagViewSet(NoteView, GenericViewSet[Note]):
    """Names on your notes."""

    request: AuthenticatedRequest
    queryset = Note.objects.none()
    serializer_class = TagSerializer
    permission_classes = [IsAuthenticated, HasScope, IsOwner]
    pagination_class = TagPagination
    parser_classes = [StrictJSONParser, MergePatchParser]

    def get_queryset(self) -> NoteQuerySet:
        """Renaming reaches the trash: what is restored later carries the new name."""
        return Note.objects.owned_by(self.request.user)

    @needs(Scope.READ)
    @documented("listTags", "Tags", "List your tags")
    @extend_schema(
        responses=answers({200: TagSerializer(many=True), 304: NOT_MODIFIED}), parameters=[IF_NONE_MATCH, ETAG, LINK]
    )
    @takes_query(TagQuery)
    @tagged_by_clock
    def list(self, request: AuthenticatedRequest) -> Response:
        """The tags on your notes by name, and on how many each is."""
        page = TagPagination()
        tags = page.paginate_queryset(request.user.pk, request, self)
        return page.get_paginated_response(tags)

    @needs(Scope.WRITE)
    @documented("renameTag", "Tags", "Rename a tag")
    @extend_schema(
        request={"application/json": RenameTagSerializer},
        responses=answers({200: TagSerializer}, 507),
        examples=[example("Home", {"name": "home"}), HOME],
    )
    def partial_update(self, request: AuthenticatedRequest, name: str) -> Response:
        """Rename a tag on every note, at once; onto one that exists, the two become one."""
        serializer = RenameTagSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        new = serializer.validated_data["name"]
        if not self.get_queryset().retag(request.user.pk, named(name), new):
            raise NotFound
        return Response({"name": new, "count": count_of(request, new)})

    @needs(Scope.WRITE)
    @documented("deleteTag", "Tags", "Take a tag off every note")
    @extend_schema(responses=answers({204: None}))
    def destroy(self, request: AuthenticatedRequest, name: str) -> Response:
        """Take a tag off every note; the notes stay."""
        if not self.get_queryset().retag(request.user.pk, named(name), None):
            raise NotFound
        return Response(status=204)


def named(name: str) -> str:
    """The tag that a path names, in whichever form of its letters; raises `NotFound` for what no tag can be."""
    if "\x00" in name:  # PostgreSQL would not even look for it
        raise NotFound
    return composed(name)


def count_of(request: AuthenticatedRequest, name: str) -> int:
    return Note.objects.owned_by(request.user).active().tagged(name).count()
