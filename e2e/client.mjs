// Uses the published client the way its README does, and prints what came of it as one JSON
// object. Whatever the package's own schemas object to stands in "objections".
import { createRequire } from "node:module";

const { CLIENT_FILE, BASE_URL, API_KEY, DATABASE_ID_HASH } = process.env;
const require = createRequire(import.meta.url);
const published = require(CLIENT_FILE);
const client = new published.OpenAgentsBuilderClient({
  baseUrl: BASE_URL,
  apiKey: API_KEY,
  databaseIdHash: DATABASE_ID_HASH,
});

const objections = [];

// checked holds every record to the schema. Strict: a field that the schema does not have
// would be dropped by a client that parses its answers.
function checked(schema, records) {
  for (const record of records) {
    const parsed = schema.strict().safeParse(record);
    if (!parsed.success) objections.push({ record, issues: parsed.error.issues });
  }
  return records;
}

async function failure(promise) {
  try {
    await promise;
    return "";
  } catch (error) {
    return error.message;
  }
}

const { sessionDTOSchema, auditDTOSchema } = published;
const all = checked(sessionDTOSchema, await client.session.listSessions());
const ofAgent = checked(sessionDTOSchema, await client.session.listSessions({ agentId: "agent-123" }));
const byId = checked(sessionDTOSchema, await client.session.listSessions({ id: "session-002", agentId: "agent-123" }));
const deleted = await client.session.deleteSession("session-001");
const deletedAgain = await failure(client.session.deleteSession("session-001"));
const left = checked(sessionDTOSchema, await client.session.listSessions());
const written = await client.audit.createAuditLog({
  eventName: "exportSessions",
  recordLocator: JSON.stringify({ id: "session-002" }),
  diff: JSON.stringify({ format: "csv" }),
});
checked(auditDTOSchema, [written.data]);
const audit = checked(auditDTOSchema, await client.audit.listAudit({ limit: 10, offset: 0 }));

console.log(JSON.stringify({ all, ofAgent, byId, deleted, deletedAgain, left, written, audit, objections }));
