// Show the contract of this server.  Everything is loaded from here: no fonts, no analytics, no proxy.
const METHODS = ["get", "put", "post", "delete", "patch"];

async function show() {
  const [contract, demonstration] = await Promise.all([fetch("/docs/openapi"), fetch("/docs/demonstration")]);
  // On a server without a demonstration, both are empty.
  const { api_key: key, values } = demonstration.ok ? await demonstration.json() : { api_key: null, values: [] };
  const document = await contract.json();
  fillIn(document, Object.fromEntries(values.map(({ name, value }) => [name, value])));
  Scalar.createApiReference("#app", {
    content: document,
    withDefaultFonts: false,
    telemetry: false,
    hideClientButton: true,
    showDeveloperTools: "never",
    agent: { disabled: true },
    mcp: { disabled: true },
    proxyUrl: "",
    defaultOpenAllTags: false,
    persistAuth: false,
    documentDownloadType: "none",
    authentication: {
      preferredSecurityScheme: "bearer",
      securitySchemes: key ? { bearer: { token: key } } : {},
    },
  });
}
// Give the examples of parameters and request bodies the values of the demonstration.
function fillIn(document, samples) {
  const ofParameters = (parameters = []) => {
    for (const one of parameters) {
      if (samples[one.name]) one.example = Array.isArray(one.example) ? [samples[one.name]] : samples[one.name];
    }
  };
  const ofBodies = (body) => {
    for (const content of Object.values(body?.content ?? {})) {
      for (const name of Object.keys(content.example ?? {})) {
        if (samples[name] && content.example[name]) content.example[name] = samples[name];
      }
    }
  };
  ofParameters(Object.values(document.components.parameters ?? {}));
  Object.values(document.components.requestBodies ?? {}).forEach(ofBodies);
  for (const item of Object.values(document.paths)) {
    ofParameters(item.parameters);
    for (const method of METHODS) {
      ofParameters(item[method]?.parameters);
      ofBodies(item[method]?.requestBody);
    }
  }
}

show();
