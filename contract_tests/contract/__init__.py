"""The contract against everything."""
