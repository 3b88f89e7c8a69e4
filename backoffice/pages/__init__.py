"""What does a person see in the browser? The back office's pages, by the same functions and permissions as the API.

Each page works as plain HTML; with JavaScript it is livelier. Next: routes.py, which page has which address; visit.py,
who looks at it; showing.py, how it is written.
"""
