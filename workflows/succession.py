"""Which article comes after another? The chain of successors, pure; a circle in the master data ends it."""

from collections.abc import Mapping

from workflows.master_data import Article


def successor_of(article: Article, articles: Mapping[str, Article]) -> Article | None:
    """The first article after `article` in the chain of its successors that is not withdrawn; None if there is none.

    `articles` holds what is known, by number; a successor that is not in it ends the chain.
    """
    seen = {article.number}
    after = articles.get(article.successor or "")
    while after is not None and after.number not in seen:
        if not after.withdrawn:
            return after
        seen.add(after.number)
        after = articles.get(after.successor or "")
    return None
