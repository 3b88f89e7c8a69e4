"""Which command demands which permission? One row for every command; a new one without its row does not start.

What runs the machine is the operator's alone, and so are master data, which say who may order and prescribe, and what
the law lets go. Next: acting.py, which asks; workflows/permissions.py, which role has which permission.
"""

from workflows.permissions import Permission

_P = Permission

DEMANDS: dict[str, Permission] = {
    **dict.fromkeys(("demo", "up", "work", "worker", "dispatcher", "web", "webhooks", "migrate"), _P.OPERATE),
    **dict.fromkeys(("verify", "drill", "backup", "restore", "keys rotate", "notices send"), _P.OPERATE),
    **dict.fromkeys(("load", "log seal", "log retention", "patient export", "patient erase"), _P.OPERATE),
    "status": _P.READ_STATUS,
    "schedule": _P.READ_STATUS,
    "diagram": _P.READ_STATUS,
    "import": _P.IMPORT,
    "imports": _P.IMPORT,
    "receipt": _P.IMPORT,
    "import-undo": _P.IMPORT,
    "orders": _P.READ_ORDERS,
    "order show": _P.READ_ORDERS,
    "order cancel": _P.CANCEL,
    "order reduce": _P.CANCEL,
    "order amend": _P.AMEND,
    "order release": _P.RELEASE,
    "confirm pick": _P.PICK,
    "confirm deliver": _P.DELIVER,
    "fail-delivery": _P.FAIL_DELIVERY,
    "overdue": _P.READ_ORDERS,
    "watchdog": _P.READ_ORDERS,
    "refill": _P.CREATE_LAGERFLYTTSORDER,
    "returns": _P.READ_ORDERS,
    "return show": _P.READ_ORDERS,
    **dict.fromkeys(
        ("return request", "return receive", "return judge", "return mended", "return cancel"), _P.HANDLE_RETURNS
    ),
    "stock": _P.READ_STOCK,
    "backorders": _P.READ_STOCK,
    "differences": _P.READ_STOCK,
    "counts": _P.READ_STOCK,
    "count show": _P.READ_STOCK,
    "count sheet": _P.READ_STOCK,
    "devices": _P.READ_STOCK,
    "device show": _P.READ_STOCK,
    **dict.fromkeys(("stock receive", "stock adjust", "differences settle"), _P.ADJUST_STOCK),
    **dict.fromkeys(("count open", "count enter", "count close", "count cancel"), _P.ADJUST_STOCK),
    **dict.fromkeys(("device swap", "device tie", "device untie"), _P.MANAGE_DEVICES),
    **dict.fromkeys(("recall", "lift-stop"), _P.RECALL),
    "export": _P.EXPORT,
    "utleverans show": _P.READ_ORDERS,
    "utleverans document": _P.PRINT,
    "pick-list": _P.PRINT,
    "patient show": _P.SEARCH_PATIENT,
    **dict.fromkeys(("patient join", "patient unjoin"), _P.JOIN_PATIENT),
    **dict.fromkeys(("log patient", "log sample", "log review", "log reviews"), _P.REVIEW_LOOKS),
    **dict.fromkeys(
        [f"webhook {each}" for each in ("add", "list", "pause", "resume", "remove", "deliveries", "retry")],
        _P.MANAGE_WEBHOOKS,
    ),
    **dict.fromkeys(
        [f"account {each}" for each in ("add", "list", "show", "disable", "enable", "roles")], _P.MANAGE_ACCOUNTS
    ),
    **dict.fromkeys([f"account {each}" for each in ("invite", "sessions", "end-sessions")], _P.MANAGE_ACCOUNTS),
    **dict.fromkeys(("token create", "token list", "token revoke"), _P.MANAGE_TOKENS),
}

OF_THE_REGION = frozenset({
    "recall", "lift-stop", "patient show", "patient join", "patient unjoin", "log patient", "log sample", "log review",
    "log reviews", "device show", "device swap", "differences settle",
})  # fmt: skip
"""What tells of the whole region, or changes what is: refused to somebody of one kommun."""
