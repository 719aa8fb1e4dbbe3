"""What is asked of the tables, and changed in them. Blocks; knows no threads."""
