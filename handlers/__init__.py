"""What is answered: one plain function an operationId."""
