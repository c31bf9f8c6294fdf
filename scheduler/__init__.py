"""When Covenant speaks unasked, and the delivery of every message."""
