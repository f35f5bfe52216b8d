"""`make bench`: this project against peers that do less, on equal data and in turn."""
