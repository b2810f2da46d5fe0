package repository

import (
	"cmp"
	"container/heap"
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"sessionhub/crypto"
	"sessionhub/models"
)

// Search reads one page of an agent's sessions. The query and the order work on opened
// values: the sessions of the agent are opened one by one, without their messages, and the
// best ones kept. Nothing that can be searched is stored.
func (r *Sessions) Search(ctx context.Context, who models.Actor, q models.SessionSearch, to SessionReader) error {
	box, err := r.store.box(ctx, who)
	if err != nil {
		return err
	}
	return r.store.listing(ctx, func(tx *gorm.DB) error {
		found := newRanking(q)
		if err := r.scan(tx, box, who, q, found); err != nil {
			return err
		}
		if err := to.Total(found.total); err != nil {
			return err
		}
		for _, entry := range found.page() {
			var row sessionRow
			err := tx.Where("tenant_id = ? AND id = ? AND deleted_at IS NULL", who.TenantID, entry.id).Take(&row).Error
			if err != nil {
				return err
			}
			if err := r.hand(tx, box, who, []sessionRow{row}, to); err != nil {
				return err
			}
		}
		return nil
	})
}

// scan offers every session of the agent that matches to the ranking.
func (r *Sessions) scan(tx *gorm.DB, box *crypto.Box, who models.Actor, q models.SessionSearch, found *ranking) error {
	// The order does not matter here; it makes SQLite take the agent's index.
	rows, err := tx.Raw(`SELECT id, user_name, user_email, created_at, updated_at FROM sessions
		WHERE tenant_id = ? AND agent_id = ? AND deleted_at IS NULL ORDER BY created_at DESC, id`, who.TenantID, q.AgentID).Rows()
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err below tells what went wrong
	query, opened := fold(q.Query), q.Query != "" || q.OrderBy == models.OrderByUserName || q.OrderBy == models.OrderByUserEmail
	for rows.Next() {
		var row sessionRow
		if err := rows.Scan(&row.ID, &row.UserName, &row.UserEmail, &row.CreatedAt, &row.UpdatedAt); err != nil {
			return err
		}
		if !opened { // only ids and times are looked at
			row.UserName, row.UserEmail = nil, nil
		}
		m, err := r.store.openSession(box, who, &row)
		if err != nil {
			return err
		}
		if matches(m, query) {
			found.offer(rank(m, q.OrderBy))
		}
	}
	return rows.Err()
}

func matches(m *models.Session, folded string) bool {
	return folded == "" || strings.Contains(fold(m.ID), folded) ||
		m.UserName != nil && strings.Contains(fold(m.UserName.Reveal()), folded) ||
		m.UserEmail != nil && strings.Contains(fold(m.UserEmail.Reveal()), folded)
}

// ranked is a session as the order sees it: the smaller the earlier.
type ranked struct {
	last bool   // has no value to be sorted by
	text string // folded
	time int64  // negative, so that the newest is smallest
	id   string
}

func rank(m *models.Session, orderBy string) ranked {
	entry := ranked{id: m.ID}
	var text *models.Secret
	switch orderBy {
	case models.OrderByCreatedAt:
		entry.time = -millis(m.CreatedAt)
		return entry
	case models.OrderByUserName:
		text = m.UserName
	case models.OrderByUserEmail:
		text = m.UserEmail
	default:
		entry.time = -millis(m.UpdatedAt)
		return entry
	}
	if entry.last = text == nil || *text == ""; !entry.last {
		entry.text = fold(text.Reveal())
	}
	return entry
}

func (a ranked) compare(b ranked) int {
	if a.last != b.last {
		if a.last {
			return 1
		}
		return -1
	}
	return cmp.Or(strings.Compare(a.text, b.text), cmp.Compare(a.time, b.time), strings.Compare(a.id, b.id))
}

// ranking keeps the best entries it is offered, as many as the page reaches: a heap with the
// worst of them on top.
type ranking struct {
	entries       []ranked
	offset, limit int64
	total         int64
}

func newRanking(q models.SessionSearch) *ranking {
	return &ranking{offset: q.Offset, limit: q.Limit}
}

func (r *ranking) offer(entry ranked) {
	r.total++
	if int64(len(r.entries))-r.limit < r.offset {
		heap.Push(r, entry)
		return
	}
	if entry.compare(r.entries[0]) < 0 {
		r.entries[0] = entry
		heap.Fix(r, 0)
	}
}

func (r *ranking) page() []ranked {
	slices.SortFunc(r.entries, ranked.compare)
	return r.entries[min(int(r.offset), len(r.entries)):]
}

// Len, Less, Swap, Push and Pop are for container/heap.
func (r *ranking) Len() int           { return len(r.entries) }
func (r *ranking) Less(i, j int) bool { return r.entries[i].compare(r.entries[j]) > 0 }
func (r *ranking) Swap(i, j int)      { r.entries[i], r.entries[j] = r.entries[j], r.entries[i] }
func (r *ranking) Push(entry any)     { r.entries = append(r.entries, entry.(ranked)) }

// Pop is never used: entries are replaced, not taken off.
func (r *ranking) Pop() any {
	last := r.entries[len(r.entries)-1]
	r.entries = r.entries[:len(r.entries)-1]
	return last
}
