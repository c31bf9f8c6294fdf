"""The Community of Practice: members, who knows what, exemplar practices, thanks."""
