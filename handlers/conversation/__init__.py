"""The words everything is written in: turn, message, form, reply and router, free of any platform."""
