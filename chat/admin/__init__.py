"""python -m chat.admin: accounts, rooms and bans, from the shell."""
