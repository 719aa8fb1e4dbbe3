"""What command lines do with a store in a database, beside a server that runs."""
