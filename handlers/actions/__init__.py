"""The improvement plan's actions: lists, one action's card, and settling what waits."""
