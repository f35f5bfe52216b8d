"""The same small notes service as it is usually written, one file each, for comparison: see docs/performance.md."""
