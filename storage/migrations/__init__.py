"""The migrations of the database, run by storage.schema."""
