"""`make bench`: compare this project with peers that do less, on equal data, one after the other."""
