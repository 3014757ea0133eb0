"""The conversations, one subject per file, each a plain generator function."""
