"""The same small notes service as it is usually written, a file each, to measure against: docs/performance.md."""
