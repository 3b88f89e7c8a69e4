"""Who is told of what happens to orders? Subscribers, what happened since the last look, and what they have heard."""
