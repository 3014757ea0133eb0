"""What can be wrong with a backup, or with the place it is restored into."""

from offices.errors import DomainError


class BackupError(DomainError):
    """A backup that cannot be made, read or restored; nothing was changed. Every key has the fact `file`.

    backup_key_wrong                           another key made it
    backup_none                                not a backup at all
    backup_newer (found)                       of a later version of this program
    backup_header_damaged                      the first bytes were changed
    backup_truncated (found, wanted)           bytes that are there and that were written
    backup_too_long (found, wanted)            something was added behind its end
    backup_damaged (start, end)                the bytes of the file between which something was changed
    backup_part_wrong (part)                   a part is not what the manifest says
    backup_keys_broken (table, target)         a row points to a row that is not there
    backup_audit_broken (seq, what)            the audit trail is not whole
    backup_exists                              there is a file of this name already
    backup_column (table, column)              a kind of column that backups do not know
    restore_not_empty                          the database holds data already
    restore_not_replaced                       only a SQLite file can be put aside
    restore_in_use                             somebody has the database open
    """
