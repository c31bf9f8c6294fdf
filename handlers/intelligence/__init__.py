"""Market-intelligence requests to BSP Commercial."""
