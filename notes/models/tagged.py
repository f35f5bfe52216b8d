"""Notes by their tags, a JSON list on the row; the one place where the databases differ in reading it."""

from typing import Any, Self, TypeVar
from uuid import UUID

from django.db import connection, models
from django.db.models import BooleanField, F, Func, Value

from accounts.models import tick
from notes.models import quota
from notes.models.purging import PurgingQuerySet
from notes.models.sizes import bytes_in
from notes.tags import renamed
from notes_api.compiled import Parameter

Row = TypeVar("Row", bound=models.Model)

TAGS_OF = {"postgresql": "jsonb_array_elements_text(tags) AS tag(name)", "sqlite": "json_each(tags) AS tag"}
NAME = {"postgresql": 'tag.name COLLATE "C"', "sqlite": "tag.value"}
BATCH = 500


class HasTag(Func):
    """Whether the list of tags holds the name."""

    output_field = BooleanField()
    function = "jsonb_exists"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:  # Any: Django's signature
        template = "EXISTS (SELECT 1 FROM json_each(%(expressions)s))"
        return super().as_sql(compiler, connection, template=template, arg_joiner=") WHERE value = (", **context)


class TaggedQuerySet(PurgingQuerySet[Row]):
    def tagged(self, name: str | Parameter) -> Self:
        return self.filter(HasTag(F("tags"), name if isinstance(name, Parameter) else Value(name)))

    def retag(self, owner_id: UUID, old: str, new: str | None) -> int:
        """Give a tag another name, or take it off, on all of these notes in one tick; on how many it was.

        Raises `QuotaExceeded`.
        """
        with tick(owner_id) as now:
            found = list(self.filter(owner=owner_id).tagged(old).values_list("pk", "tags"))
            if not found or old == new:
                now.give_back()
                return len(found)
            # Many notes have the same tags: one statement for them takes a tenth of the time of one for each note.
            alike: dict[tuple[str, ...], list[UUID]] = {}
            grown = 0
            for pk, tags in found:
                changed = renamed(tags, old, new)
                alike.setdefault(tuple(changed), []).append(pk)
                grown += bytes_in({"tags": changed}) - bytes_in({"tags": tags})
            for tags, ids in alike.items():
                for start in range(0, len(ids), BATCH):
                    notes = self.model._default_manager.filter(pk__in=ids[start : start + BATCH])
                    notes.update(tags=list(tags), version=now.version)
            quota.grow(owner_id, grown)
            return len(found)


def tag_counts(owner_id: UUID, after: str | None, limit: int) -> list[tuple[str, int]]:
    """The tags on an account's active notes and on how many each is, by name from behind `after`."""
    name = NAME[connection.vendor]
    owner = models.UUIDField().get_db_prep_value(owner_id, connection)
    beyond, parameters = (f"AND {name} > %s", [owner, after]) if after is not None else ("", [owner])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {name}, count(*) FROM notes_note, {TAGS_OF[connection.vendor]}"  # noqa: S608  # no input in it
            f" WHERE owner_id = %s AND trashed_at IS NULL {beyond} GROUP BY 1 ORDER BY 1 LIMIT %s",
            [*parameters, limit],
        )
        return [(str(tag), int(count)) for tag, count in cursor.fetchall()]
