"""Files that leave the house: tables without identities, safe to open in a spreadsheet."""
