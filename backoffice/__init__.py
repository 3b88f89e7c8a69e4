"""Who asks: the command line and the web process."""
