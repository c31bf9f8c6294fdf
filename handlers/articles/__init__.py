"""Articles in chat: how one is shown, written, approved, compared and reviewed; and what was asked in vain."""
