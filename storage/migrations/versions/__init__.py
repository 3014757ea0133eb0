"""One module per step, in the order of their numbers. A released one is never changed."""
