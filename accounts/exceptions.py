"""The errors of models and flows. The views map them to HTTP, partly with `accounts.problems`."""


class HasLogEntries(Exception):
    """The account has acted as staff, and erasing it would erase the log of that."""


class JournalUnavailable(Exception):
    """The journal of erasures cannot be written, so nothing was erased."""


class EmailTaken(Exception):
    """Another account has this address, in any letter case."""


class PasswordReplaced(Exception):
    """The password that was just checked has been replaced, or the account was deactivated."""


class RefreshTokenReused(Exception):
    """A refresh token was used again after its successor. Somebody has a copy, so the session has ended."""


class TooManyTokens(Exception):
    """The account has the maximum number of API tokens."""


class SessionEnded(Exception):
    """The session of the request has ended in the meantime."""


class SecondFactorIsOn(Exception):
    """The second factor is on, and has to be disabled before another one can be enrolled."""


class AccountErased(Exception):
    """The account was erased after the request was authenticated."""


class CodeMissing(Exception):
    """The account requires a one-time code, and none was given."""


class CodeWrong(Exception):
    """The one-time code is wrong or was used before."""
