"""Which page is at which address? One file a page, in the order of the navigation (../navigation.py)."""
