"""Slack: HTTP events or Socket Mode in, the Web API out. It speaks chat, never business."""
