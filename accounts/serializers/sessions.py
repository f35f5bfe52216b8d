from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Session


class SessionSerializer(serializers.ModelSerializer[Session]):
    is_current = serializers.SerializerMethodField(help_text="Whether this is the session of the request.")

    class Meta:
        model = Session
        fields = ["id", "user_agent", "ip_address", "created_at", "last_used_at", "expires_at", "is_current"]
        read_only_fields = fields

    @extend_schema_field(bool)
    def get_is_current(self, session: Session) -> bool:
        return bool(session == self.context["request"].auth)
