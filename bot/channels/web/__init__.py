"""The web chat, its pages and the counter tablet."""
