"""What somebody may have done, as data: what a moderator or an owner does has its entry in the
audit log. Knows no door."""
