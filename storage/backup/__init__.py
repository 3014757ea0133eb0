"""Backups: everything the database and the files hold, of one moment, in one encrypted file.

The rows are written in a form of their own, so that a backup of SQLite restores into PostgreSQL and the other way
round. Layout of the file: `archive`; how it is encrypted: `sealing`; how rows are written: `rows`.
"""
