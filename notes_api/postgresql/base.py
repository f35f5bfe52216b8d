"""Django's backend for PostgreSQL, with a check of idle connections that costs no round trip."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Whether the server still holds the connection.

        On an idle connection it is silent until it ends it: only if there is something to read, it is asked.
        """
        return not has_something_to_read(self.connection.pgconn.socket) or super().is_usable()


def has_something_to_read(socket: int) -> bool:
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))
