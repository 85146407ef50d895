"""Charging stations that speak OCPP 1.6J, 2.0.1 and 2.1 over real sockets, as politely or as rudely as asked."""
