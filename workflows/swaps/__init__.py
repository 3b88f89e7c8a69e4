"""How is a device swapped? One is asked back and another is sent in its place: both, in one transaction, or neither.

The old one comes back by a return (workflows/returns), the other one goes by an order of its own through the main line,
so that it has its utleverans as everything has. Begin with swapping.py; ordering.py makes the order, reading.py shows.
"""
