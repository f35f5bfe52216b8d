"""Two servers as in production, SQLite and PostgreSQL, at half of their capacity for an hour."""
