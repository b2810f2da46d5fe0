package hub

// Finding is something that an admin should know about one operation, though it is offered.
type Finding struct {
	Operation string // its operationId, or "GET /path"
	Text      string
}
