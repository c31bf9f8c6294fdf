"""What Covenant remembers: the records, their queries, the migrations. The only floor that speaks SQL."""
