"""Zalo Bot: the small platform for demos and staff alerts."""
