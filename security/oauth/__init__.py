"""The authorization server of OAuth 2.1 and OpenID Connect, on Authlib: what its grants ask of our tables.

Only Authlib's framework-free parts are used (``authlib.oauth2``, ``authlib.oidc``).  ``server`` stands where its Flask
integration would; the handlers hand it values and get answers.
"""
