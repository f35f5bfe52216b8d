"""Several machines in one: network namespaces, and a database whose primary fails under load."""
