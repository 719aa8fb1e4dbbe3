"""Who may do what: everybody tries everything, everywhere, for docs/permissions.md."""
