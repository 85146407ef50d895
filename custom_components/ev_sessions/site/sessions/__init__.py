"""The sessions of one EVSE: from readings into the ledger, and back to be shown."""
