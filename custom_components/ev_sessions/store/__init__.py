"""The session ledger."""
