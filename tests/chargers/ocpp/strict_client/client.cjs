// A station by the independent package ocpp-rpc, in its strict mode: what we send it is held against its own schemas.
// Reads one scenario as JSON from standard input, writes what happens as one JSON line each to standard output.
"use strict";

const { readFileSync } = require("node:fs");
const { RPCClient, createRPCError, createValidator } = require("ocpp-rpc");
const schemas21 = require("ocpp-rpc/lib/schemas/ocpp2_1.json");

const scenario = JSON.parse(readFileSync(0, "utf8"));
const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

// The package has the schemas of 2.1 under other names than those by which it looks them up.
const validator21 = createValidator(
  "ocpp2.1",
  schemas21.map((schema) => ({
    ...schema,
    $id: schema.$id.replace(/Request$/u, ".req").replace(/Response$/u, ".conf"),
  })),
);

const client = new RPCClient({
  endpoint: scenario.url,
  identity: scenario.identity,
  password: scenario.password,
  protocols: scenario.protocols,
  strictMode: true,
  strictModeValidators: [validator21],
  reconnect: false,
  callTimeoutMs: 10_000,
});
client.on("strictValidationFailure", ({ messageId, method, params, result, error, outbound, isCall }) =>
  tell({ violation: error.message, details: error.details, messageId, method, params, result, outbound, isCall }),
);
client.on("badMessage", ({ error }) => tell({ bad: error.message }));
client.on("close", ({ code, reason }) => tell({ closed: code, reason }));
client.handle(({ method, params }) => {
  tell({ asked: method, params });
  if (!(method in scenario.answers)) {
    throw createRPCError("NotSupported");
  }
  return scenario.answers[method];
});

async function main() {
  await client.connect();
  tell({ protocol: client.protocol });
  for (const [action, payload] of scenario.calls) {
    try {
      tell({ called: action, result: await client.call(action, payload) });
    } catch (error) {
      tell({ called: action, error: error.rpcErrorCode ?? error.message });
    }
  }
  tell({ done: true });
}

main().catch((error) => {
  tell({ failed: error.message, code: error.code });
  process.exitCode = 1;
});
