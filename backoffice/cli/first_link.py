"""How does the first administrator get in? By a link that is printed while nobody has an account; it is good once.

There is no default password, and no command that takes one. Next: workflows/one_time_links.py.
"""

from backoffice.cli.environment import Environment
from backoffice.cli.output import say
from workflows.accounts import is_without_accounts
from workflows.one_time_links import Purpose, address_of, issue_link

ON_THIS_MACHINE = "http://127.0.0.1:8080"
"""Where `orderflode up` and `web` listen unless told otherwise."""


def tell_of_the_first_link(environment: Environment, base: str = ON_THIS_MACHINE) -> None:
    """Say the link where there is no account yet; `base` is where people reach the web process if no setting says."""
    with environment.database.transaction() as tx:
        if not is_without_accounts(tx):
            return
        secret = issue_link(tx, None, Purpose.FIRST, by=environment.who)
    say(
        "Ingen har ett konto än. Bli administratör här, inom en timme (nobody has an account yet; become administrator "
        f"here within the hour):\n  {address_of(environment.settings.public_url or base, Purpose.FIRST, secret)}"
    )
