"""What hassfest and HACS would say, without either."""
