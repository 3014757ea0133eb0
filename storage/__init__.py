"""What is kept: tables, one repository per subject, migrations. Nothing here decides a rule of the domain."""
