from notes.admin import notes, transfers  # noqa: F401  # Django imports this package; they register their models
