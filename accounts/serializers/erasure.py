from accounts.fields import PasswordField
from notes_api.serializers import StrictSerializer


class ErasureSerializer(StrictSerializer):
    password = PasswordField(help_text="That of the account, once more.")
