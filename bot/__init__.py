"""Conversations with citizens and officials, on every chat channel."""
