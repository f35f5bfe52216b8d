"""Writers and readers of one server at once, and the checks that every replica becomes equal to it."""
