"""Load balancing: from what the meters and the EVSEs show to the limits that hold, the fuse first."""
