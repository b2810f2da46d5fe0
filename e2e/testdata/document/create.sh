curl -X POST \
  "https://app.openagentsbuilder.com/api/exec/session/session-XYZ" \
  -H "Authorization: Bearer <YOUR_API_KEY>" \
  -H "database-id-hash: <YOUR_DATABASE_ID_HASH>" \
  -H "Content-Type: application/json" \
  -d '{
    "agentId": "agent-123",
    "userName": "Alice",
    "userEmail": "alice@example.com",
    "acceptTerms": "true"
  }'
