"""How does an order get from here to there? One file a verb; each moves a cohort in one transaction.

Read in life order: validate, pick, create_utleverans, deliver; beside the main line resume, unreserve, amend,
cancel and fail_delivery. moving.py is the line they all end with.
"""
