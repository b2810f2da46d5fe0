curl -X DELETE \
  "https://app.openagentsbuilder.com/api/session/session-001" \
  -H "Authorization: Bearer <YOUR_API_KEY>" \
  -H "database-id-hash: <YOUR_DATABASE_ID_HASH>"
