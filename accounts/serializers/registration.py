from accounts.emails import EMAIL_MAX_LENGTH
from accounts.fields import EmailField, PasswordField
from accounts.models import User
from accounts.serializers.password import RULES, acceptable
from notes_api.serializers import StrictSerializer


class RegistrationSerializer(StrictSerializer):
    email = EmailField()
    password = PasswordField(help_text=RULES)

    def validate_password(self, password: str) -> str:
        """Judged beside the address as it was typed, so that one answer tells of both."""
        return acceptable(password, User(email=str(self.initial_data.get("email", ""))[:EMAIL_MAX_LENGTH]))
