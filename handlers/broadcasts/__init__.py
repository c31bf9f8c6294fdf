"""Broadcasts: written, approved, sent, followed, corrected and withdrawn; and what readers do with them."""
