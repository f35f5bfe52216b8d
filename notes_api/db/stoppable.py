"""A limit on the time of a thread's work: after it, a connection commits nothing more."""

import threading

from django.db import OperationalError


class StoppableWork:
    """A mixin for database wrappers. Another thread may end the work, and this one then commits nothing more."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        # Held while another thread stops a statement or ends the work.
        self.stop_lock = threading.Lock()
        self.allow_commits()

    def allow_commits(self) -> None:
        """Call this before each job of the thread."""
        self.has_ended = False

    def forbid_commits(self, *, force: bool) -> bool:
        """Commit nothing more. Do nothing and return False if something may have been committed.

        If this is forced, the work ends even so. A commit that has begun may then succeed.
        """
        with self.stop_lock:
            self.has_ended = force or not self.may_have_committed
            return self.has_ended

    @property
    def may_have_committed(self) -> bool:
        """Whether something has been committed, or may be at present."""
        raise NotImplementedError

    def require_time(self) -> None:
        """Raise an error if the work has ended."""
        if self.has_ended:
            raise OperationalError("The request has exceeded its time limit.")
