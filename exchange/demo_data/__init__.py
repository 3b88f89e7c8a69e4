"""What does the demo work on? Seeded sample data of one region: master data files and a file of orders.

Nobody in it exists: staff have titles for names, patients have official test numbers. No clock is read.
Read in this order: writing (the files), region, staff, patients, assortment, orders, faults, opening_stock.
"""

from exchange.demo_data.writing import DemoFiles, write_demo_data

__all__ = ["DemoFiles", "write_demo_data"]
