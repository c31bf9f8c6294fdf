"""The platforms that Covenant speaks on. A platform's package speaks chat, never business."""
