"""The roof: platforms, settings, web server, command line and the composition root."""
