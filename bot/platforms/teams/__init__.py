"""Microsoft Teams: what comes in from the Bot Connector, what goes out to it, and nothing of the business."""
