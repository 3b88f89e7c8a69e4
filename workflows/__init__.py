"""What is true and what may happen.

Read in this order: order_types (the rule table), machines (what is allowed), rules (who is refused),
allocation (who gets the goods), cohort (how a step runs), steps/ (one file a verb).
"""
