"""The explorer: one page, opened from disk, on which a reader fools models by hand."""

import studies  # noqa: F401  says in one line what is not installed
