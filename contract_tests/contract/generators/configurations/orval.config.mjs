export default {
  remit: {
    input: "DOCUMENT",
    output: { target: "client/client.ts", client: "fetch", baseUrl: { getBaseUrlFromSpecification: true } },
  },
};
