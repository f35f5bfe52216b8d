"""The password of an account, and what ends when it changes."""

from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import models, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.letters import link_to, send
from accounts.models.api_token import ApiToken
from accounts.models.email import EmailAccount
from accounts.models.mail_link import MailLink
from accounts.models.session import Session


class PasswordReplaced(Exception):
    """The password that was just checked is no longer that of the account, or the account was shut."""


class PasswordAccount(EmailAccount):
    """A password and the sessions it opened."""

    # Raised when all sessions end: the cookies of the admin are good for one generation.
    session_generation = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    class Meta:
        abstract = True

    def check_password(self, raw_password: str | None) -> bool:
        """Whether this is the password; an outdated hash is replaced, unless the password has been meanwhile."""

        def upgrade(password: str) -> None:
            upgraded = make_password(password)
            if self.row.with_password_hash(self.password).update(password=upgraded):
                self.password = upgraded

        return check_password(raw_password, self.password, upgrade)

    def change_password(self, password: str, current: Session) -> None:
        """Set a new password in place of the one just checked, and end every session but the current one.

        Raises `PasswordReplaced`: of two changes at once one wins.
        """
        hashed = make_password(password)
        with transaction.atomic():
            if not self.row.active().with_password_hash(self.password).update(password=hashed):
                raise PasswordReplaced
            self.end_sessions(spared=current)
            self.end_links()
        self.password = hashed

    def recover(self, password: str, link: MailLink) -> None:
        """Set a new password for whoever has read the account's mail, which verifies the address, and end all else.

        Raises `MailLink.DoesNotExist` where the link is no longer good.
        """
        self.password = make_password(password)
        verified_at = Coalesce("email_verified_at", timezone.now())
        with transaction.atomic():
            account = self.row.active().with_email(link.address)
            if not account.update(password=self.password, email_verified_at=verified_at):
                raise MailLink.DoesNotExist
            link.use()
            self.end_access()

    def send_reset_link(self) -> None:
        """Mail a link that sets a new password to the account's own address, unless the account is shut."""
        with transaction.atomic():
            if self.row.active().with_email(self.email).lock():
                token = MailLink.objects.issue(MailLink.Purpose.RESET, self.email, self.pk)
                send("reset", self.email, email=self.email, link=link_to("/password/reset/confirm", token))

    def sign_up_again(self) -> None:
        """Tell whoever reads this mailbox that it has an account, with a link that sets a new password.

        Nobody knows who registers with an address that is nobody's yet. So from the second time on no password
        that was typed opens the account, only one that is chosen where its mail is read.
        """
        with transaction.atomic():
            if self.row.active().with_email(self.email).lock():
                if self.row.unclaimed().update(password=make_password(None)):
                    self.end_links(MailLink.Purpose.VERIFY)
                token = MailLink.objects.issue(MailLink.Purpose.RESET, self.email, self.pk)
                send("sign_up_again", self.email, email=self.email, link=link_to("/password/reset/confirm", token))

    def replace_password(self, password: str | None, *, is_reset: bool = False) -> None:
        """Set a new password, or none that anybody could know, and end every session.

        Where the owner could not get in (`is_reset`), somebody else may have been: the API tokens go too.
        """
        self.password = make_password(password)
        with transaction.atomic():
            self.row.update(password=self.password)
            self.end_sessions()
            self.end_links()
            if is_reset:
                self.revoke_api_tokens()

    def tell_of_replaced_password(self) -> None:
        """Mail the owner that somebody else did it: nobody may take an account over unnoticed.

        Nor one that is shut: it can be opened again, and no mail tells of that.
        """
        done = "replaced" if self.has_usable_password() else "disabled"
        letter = f"password_{done}" if self.row.active().exists() else "password_of_shut_account"
        send(letter, self.email, email=self.email, done=done)

    def end_access(self) -> None:
        """End whatever opens the account beside its password, for good."""
        self.end_sessions()
        self.end_links()
        self.revoke_api_tokens()

    def revoke_api_tokens(self) -> int:
        """Refuse every API token of the account from the next request on; how many there were."""
        return ApiToken.objects.filter(user_id=self.pk).live().revoke()

    def end_sessions(self, spared: Session | None = None) -> int:
        """End every session of the account, in the admin too; how many there were outside the admin."""
        count = self.row.end_sessions(spared)
        # Whoever changes their own password in the admin gets a cookie of the new generation.
        self.session_generation = self.row.values_list("session_generation", flat=True).first() or 0
        return count

    def get_session_auth_hash(self) -> str:
        """What the admin's cookie must match at every request."""
        return self.session_hash(settings.SECRET_KEY)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        return map(self.session_hash, settings.SECRET_KEY_FALLBACKS)

    def session_hash(self, secret: str | bytes) -> str:
        value = f"{self.session_generation}:{self.password}"
        return salted_hmac("accounts.User.session_hash", value, secret, algorithm="sha256").hexdigest()
