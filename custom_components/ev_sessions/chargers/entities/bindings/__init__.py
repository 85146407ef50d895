"""What commands an EVSE: a number, a select, a switch, two buttons, a lock, or any action of Home Assistant."""
