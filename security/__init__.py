"""Who may: callers, passwords, tokens, the policy and its limits."""
