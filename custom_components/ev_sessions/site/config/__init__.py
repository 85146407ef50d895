"""What the owner configured, read into frozen records: the site, its circuits, its owners, its stations."""
