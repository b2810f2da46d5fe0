package handlers

import (
	"context"
	"testing"

	"sessionhub/models"
	"sessionhub/repository"
)

// failingSessions does what a database does not do when asked: it fails, in any way.
type failingSessions struct{ fail func() error }

func (f failingSessions) Create(context.Context, models.Actor, *models.Session) (bool, error) {
	return false, f.fail()
}

func (f failingSessions) Save(context.Context, models.Actor, *models.SessionPatch) error {
	return f.fail()
}

func (f failingSessions) Agent(context.Context, models.Actor, string) (string, error) {
	return "", f.fail()
}

func (f failingSessions) Append(context.Context, models.Actor, *models.Append) (int64, error) {
	return 0, f.fail()
}

func (f failingSessions) Delete(context.Context, models.Actor, string) error { return f.fail() }

func (f failingSessions) List(context.Context, models.Actor, models.SessionFilter, repository.SessionReader) error {
	return f.fail()
}

func (f failingSessions) Search(context.Context, models.Actor, models.SessionSearch, repository.SessionReader) error {
	return f.fail()
}

// failingAudit does so for the audit log.
type failingAudit struct{ fail func() error }

func (f failingAudit) Append(_ context.Context, _ models.Actor, e models.AuditEntry) (models.AuditEntry, error) {
	return e, f.fail()
}

func (f failingAudit) List(context.Context, models.Actor, models.AuditFilter) ([]models.AuditEntry, error) {
	return nil, f.fail()
}

// failingKeys lets everybody in, and fails after that.
type failingKeys struct {
	keyStore
	fail func() error
}

func (f failingKeys) Create(context.Context, models.Actor, *models.Key) (models.Secret, error) {
	return "", f.fail()
}

func (f failingKeys) List(context.Context, models.Actor) ([]models.Key, error) { return nil, f.fail() }

func (f failingKeys) Revoke(context.Context, models.Actor, string, bool) error { return f.fail() }

func (f failingKeys) OriginAllowed(context.Context, string) (bool, error) { return false, f.fail() }

// contextOf is the test's context, to be ended early.
func contextOf(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithCancel(t.Context())
}
