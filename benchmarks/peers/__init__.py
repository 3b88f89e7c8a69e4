"""What do others reach with the same orders? One package a peer.

What they share: schema.sql, stored_drafts.py, end_state.py.
"""
