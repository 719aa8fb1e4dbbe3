"""How the schema came to be, a step at a time. Once released a step is never changed."""
