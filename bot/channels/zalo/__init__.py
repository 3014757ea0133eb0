"""Zalo Official Account: webhook, OpenAPI, tokens and templates."""
