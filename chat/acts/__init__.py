"""What a moderator or an owner does, as data: each act with its entry in the audit log."""
