"""Path converters."""

from uuid import UUID


class IdConverter:
    """A UUID in lower or upper case: some platforms write them in upper case."""

    regex = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

    def to_python(self, value: str) -> UUID:
        return UUID(value)

    def to_url(self, value: UUID) -> str:
        return str(value)
