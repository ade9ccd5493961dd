// Show the contract of this server.  Everything is loaded from here: no fonts, no analytics, no proxy.
Scalar.createApiReference("#app", {
  url: "/openapi.json",
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: "never",
  agent: { disabled: true },
  mcp: { disabled: true },
  proxyUrl: "",
  defaultOpenAllTags: false,
  persistAuth: false,
  authentication: { preferredSecurityScheme: "bearer" },
});
