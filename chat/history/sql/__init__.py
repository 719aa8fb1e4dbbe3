"""The store in a database: one implementation for SQLite and PostgreSQL."""
