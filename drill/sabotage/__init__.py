"""Can the judge say no? Switches that take one guard away each, from outside the product; each must turn it red.

Read in this order: switch (what one is), database (guards that PostgreSQL holds), patches (guards in Python), switches
(all of them). `python -m drill.sabotage NAME -- MODULE ARGUMENTS` runs a program of the product without the guard.
"""
