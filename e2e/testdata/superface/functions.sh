curl -H "Authorization: Bearer <auth_token>" https://pod.superface.ai/api/hub/fd
