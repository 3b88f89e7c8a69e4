"""Which accessories belong to which main device? Read them (reading.py), and tie or untie them (tying.py).

A line's `accessory_to` is the serial number of its main device; what may be tied is said by rules/accessories.py and
held by the database (migrations/sql/0002_swaps.sql).
"""
