async function createOrGetSession(sessionId: string) {
  const response = await fetch(`https://app.openagentsbuilder.com/api/exec/session/${sessionId}`, {
    method: "POST",
    headers: {
      "Authorization": `Bearer ${process.env.OPEN_AGENTS_BUILDER_API_KEY}`,
      "database-id-hash": "YOUR_DATABASE_ID_HASH",
      "Content-Type": "application/json"
    },
    body: JSON.stringify({
      agentId: "agent-123",
      userName: "Alice",
      userEmail: "alice@example.com",
      acceptTerms: "true"
    })
  });

  if (!response.ok) {
    throw new Error(`Error creating or retrieving session: ${response.status} ${response.statusText}`);
  }

  const data = await response.json();
  console.log("Session response:", data);
}

createOrGetSession("session-XYZ");
