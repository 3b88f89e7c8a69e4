"""How do goods come back? Returns (återlämning, hämtorder) of what was delivered, and of what was out before day one.

A return is a process of its own: machine.py says what is allowed, requesting.py begins it, receiving.py and judging.py
move its goods, reading.py shows it. Every function works in the caller's transaction: a device that is in hand is
asked for, received and judged in one.
"""
