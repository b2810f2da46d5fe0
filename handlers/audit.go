package handlers

import (
	"context"
	"math"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"sessionhub/models"
)

// auditStore is the part of repository.Audit that this file uses.
type auditStore interface {
	Append(ctx context.Context, who models.Actor, e models.AuditEntry) (models.AuditEntry, error)
	List(ctx context.Context, who models.Actor, f models.AuditFilter) ([]models.AuditEntry, error)
}

const (
	defaultAuditLimit = 100
	maxAuditLimit     = 1000
)

// auditResponse is an AuditDTO. Texts that are not there are empty: the published client's
// schema has no null in it.
type auditResponse struct {
	ID             int64  `json:"id"`
	IP             string `json:"ip"`
	UA             string `json:"ua"`
	KeyLocatorHash string `json:"keyLocatorHash"`
	DatabaseIDHash string `json:"databaseIdHash"`
	RecordLocator  string `json:"recordLocator"`
	Diff           string `json:"diff"`
	EventName      string `json:"eventName"`
	CreatedAt      string `json:"createdAt"`
}

func newAuditResponse(e *models.AuditEntry) auditResponse {
	return auditResponse{
		ID: e.ID, IP: e.IP, UA: e.UserAgent, KeyLocatorHash: e.KeyLocatorHash, DatabaseIDHash: e.DatabaseIDHash,
		RecordLocator: e.RecordLocator, Diff: e.Diff.Reveal(), EventName: e.EventName, CreatedAt: formatTime(e.CreatedAt),
	}
}

// listAudit answers GET /api/audit.
func (a *api) listAudit(c echo.Context) error {
	q, err := newQuery(c)
	if err != nil {
		return err
	}
	f := models.AuditFilter{
		EventName: q.text("eventName"), RecordLocator: q.text("recordLocator"),
		Limit: q.count("limit", 1, maxAuditLimit, defaultAuditLimit), Offset: q.count("offset", 0, math.MaxInt64, 0),
	}
	f.From, f.To = q.month("partition", a.Now())
	if err := q.issues.Err(); err != nil {
		return err
	}
	entries, err := a.Audit.List(c.Request().Context(), callerOf(c).Actor, f)
	if err != nil {
		return err
	}
	list := make([]auditResponse, len(entries))
	for i := range entries {
		list[i] = newAuditResponse(&entries[i])
	}
	return c.JSON(http.StatusOK, list)
}

// month reads YYYY-MM, where it is not given the month of now, and returns its first moment
// and that of the next, in UTC.
func (q *query) month(name string, now time.Time) (from, to time.Time) {
	text := q.text(name)
	if text == "" {
		text = now.UTC().Format("2006-01")
	}
	from, err := time.Parse("2006-01", text)
	if err != nil {
		q.issues.Add(name, "must be a month such as 2026-11")
	}
	return from, from.AddDate(0, 1, 0)
}

// appendAudit answers PUT /api/audit.
func (a *api) appendAudit(c echo.Context) error {
	body, err := a.readObject(c)
	if err != nil {
		return err
	}
	e := models.AuditEntry{
		EventName: body.word("eventName"), RecordLocator: body.word("recordLocator"), Diff: models.Secret(body.word("diff")),
	}
	if err := body.check(e.Validate()); err != nil {
		return err
	}
	if e, err = a.Audit.Append(c.Request().Context(), callerOf(c).Actor, e); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, response{Message: messageSaved, Data: newAuditResponse(&e), Status: http.StatusOK})
}
