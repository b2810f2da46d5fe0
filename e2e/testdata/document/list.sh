curl -X GET \
  "https://app.openagentsbuilder.com/api/session?agentId=agent-123" \
  -H "Authorization: Bearer <YOUR_API_KEY>" \
  -H "database-id-hash: <YOUR_DATABASE_ID_HASH>"
