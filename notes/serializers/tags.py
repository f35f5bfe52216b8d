from typing import Any

from rest_framework import serializers

from notes_api.rest.fields import QueryIntegerField
from notes_api.rest.query_params import QueryParams
from notes_api.rest.serializers import StrictSerializer
from notes_api.rest.tag_fields import TagField


class TagSerializer(serializers.Serializer[Any]):  # Any: no instance
    name = serializers.CharField()
    count = serializers.IntegerField(help_text="The number of your notes with this tag, without the trash.")


class RenameTagSerializer(StrictSerializer):
    name = TagField(help_text="If this tag exists, the two are merged.")


class TagListParams(QueryParams):
    limit = QueryIntegerField(min_value=1, max_value=100, default=50)
    cursor = serializers.CharField(required=False, max_length=1024)
