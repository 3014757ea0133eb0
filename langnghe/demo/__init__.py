"""The demo: a sample authority with a year behind it, lived through the real use cases on a clock of its own."""
