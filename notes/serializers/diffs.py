from typing import Any

from rest_framework import serializers

from notes_api.rest.fields import QueryIntegerField
from notes_api.rest.query_params import QueryParams


class DiffParams(QueryParams):
    to = QueryIntegerField(
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        help_text="The version to compare with; the present one if omitted.",
    )


class DiffSerializer(serializers.Serializer[Any]):  # Any: only for the documentation
    to = serializers.IntegerField(help_text="The later version.")
    diff = serializers.CharField(help_text="Empty if title, tags and content are the same.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:  # Any: as DRF declares fields
        """Add the version of the path first, whose name is a keyword of Python."""
        return {"from": serializers.IntegerField(), **super().get_fields()}
