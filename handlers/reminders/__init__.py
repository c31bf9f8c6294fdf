"""Reminders: personal ones, how and when somebody is told, the rules, and what is listed before it is sent."""
