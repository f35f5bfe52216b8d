"""Workers, the master, the database and commands are killed during everything that takes time."""
