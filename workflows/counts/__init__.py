"""How is the stock counted (inventering)? A process of its own: open, enter, close. Begin with machine.py."""
