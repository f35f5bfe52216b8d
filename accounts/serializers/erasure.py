from accounts.serializers.reauthentication import PasswordOrAliasSerializer


class ErasureSerializer(PasswordOrAliasSerializer):
    pass
