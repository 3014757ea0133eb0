"""The authority: units and their succession, fields, staff roles, working time. Pure: standard library only."""
