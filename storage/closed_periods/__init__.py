"""Closing a reporting period: its figures are frozen; what is corrected later is a revision that says what changed."""
