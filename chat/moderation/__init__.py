"""Rooms that people keep, and who keeps them pleasant."""
