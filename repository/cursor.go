package repository

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"

	"sessionhub/crypto"
	"sessionhub/models"
)

// cursor is where a page ended, and of which search: sealed, it goes to the client and comes back.
// It holds what the last session is sorted by, so that it also works when that session is gone.
type cursor struct {
	Search []byte `json:"s"` // names the search, without its page
	Last   bool   `json:"l,omitempty"`
	Text   string `json:"t,omitempty"`
	Time   int64  `json:"m,omitempty"`
	ID     string `json:"i"`
}

var errCursor = models.Invalid("cursor", "is not one that this search gave; leave it empty to begin anew")

func cursorPlace(who models.Actor, agentID string) crypto.Place {
	return crypto.Place{Tenant: who.DatabaseIDHash, Table: "sessions", Column: "cursor", Row: agentID}
}

// searchName tells one search from another, whatever page of it is asked for. It is a digest, so
// that a long query does not make a long cursor.
func searchName(q *models.SessionSearch) ([]byte, error) {
	q2 := *q
	q2.Limit, q2.Offset, q2.Cursor = 0, 0, ""
	text, err := json.Marshal(q2)
	name := sha256.Sum256(text)
	return name[:], err
}

// newCursor seals where the page ended. It is sealed for every tenant: nobody else makes one.
func (s *Store) newCursor(ctx context.Context, who models.Actor, q *models.SessionSearch, last ranked) (string, error) {
	box, err := s.secretBox(ctx, who)
	if err != nil {
		return "", err
	}
	name, err := searchName(q)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(cursor{Search: name, Last: last.last, Text: last.text, Time: last.time, ID: last.id})
	if err != nil {
		return "", err
	}
	return box.Seal(string(text), cursorPlace(who, q.AgentID)), nil
}

// readCursor returns the last session of the page before; nil without a cursor.
func (s *Store) readCursor(ctx context.Context, who models.Actor, q *models.SessionSearch) (*ranked, error) {
	if q.Cursor == "" {
		return nil, nil //nolint:nilnil // the first page has none before it
	}
	box, err := s.secretBox(ctx, who)
	if err != nil {
		return nil, err
	}
	name, err := searchName(q)
	if err != nil {
		return nil, err
	}
	text, err := box.Open(q.Cursor, cursorPlace(who, q.AgentID))
	if err != nil {
		return nil, errCursor
	}
	var c cursor
	if err := json.Unmarshal([]byte(text), &c); err != nil || !bytes.Equal(c.Search, name) {
		return nil, errCursor
	}
	return &ranked{last: c.Last, text: c.Text, time: c.Time, id: c.ID}, nil
}
