"""Pages of HTML: every page that Remit serves is a template that extends one skeleton."""
