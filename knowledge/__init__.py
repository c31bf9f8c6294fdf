"""What Covenant knows: the articles, and finding the answer."""
