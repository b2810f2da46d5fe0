package repository

import (
	"iter"
	"slices"

	"gorm.io/gorm"

	"sessionhub/models"
)

// listBatch is how many sessions are in memory while a list is read.
const listBatch = 200

// selected is the sessions that pass a filter. See selectMessages for the casts.
type selected struct {
	where string
	args  []any
}

func selection(who models.Actor, f models.SessionFilter) selected {
	s := selected{" FROM sessions WHERE tenant_id = CAST(? AS BIGINT) AND deleted_at IS NULL", []any{who.TenantID}}
	if f.AgentID != "" {
		return s.and("agent_id = CAST(? AS TEXT)", f.AgentID)
	}
	return s
}

// and narrows it down, and leaves what it was as it was.
func (s selected) and(condition string, args ...any) selected {
	return selected{s.where + " AND " + condition, slices.Concat(s.args, args)}
}

func (s selected) count(tx *gorm.DB) (total int64, err error) {
	err = queryRow(tx, "SELECT COUNT(*)"+s.where, s.args...).Scan(&total)
	return total, err
}

// batches reads the page a batch at a time; each starts behind the last row of the one before.
func (s selected) batches(tx *gorm.DB, f models.SessionFilter) iter.Seq2[[]sessionRow, error] {
	return func(yield func([]sessionRow, error) bool) {
		var last *sessionRow
		for left := f.Limit; left != 0; {
			size := int64(listBatch)
			if left > 0 {
				size = min(size, left)
			}
			rows, err := s.batch(tx, last, size, f.Offset)
			if err == nil && len(rows) == 0 || !yield(rows, err) || err != nil {
				return
			}
			last = &rows[len(rows)-1]
			if left > 0 {
				left -= int64(len(rows))
			}
		}
	}
}

// batch reads what comes behind the last row: first what was created in the same millisecond,
// of which an import can have made many, and where there is no more of that, what is older.
func (s selected) batch(tx *gorm.DB, last *sessionRow, size, offset int64) ([]sessionRow, error) {
	if last == nil {
		return s.read(tx, size, offset)
	}
	rows, err := s.and("created_at = CAST(? AS BIGINT) AND id > CAST(? AS TEXT)", last.CreatedAt, last.ID).read(tx, size, 0)
	if err != nil || len(rows) > 0 {
		return rows, err
	}
	return s.and("created_at < CAST(? AS BIGINT)", last.CreatedAt).read(tx, size, 0)
}

func (s selected) read(tx *gorm.DB, size, offset int64) (all []sessionRow, err error) {
	rows, err := query(tx, "SELECT "+sessionList+s.where+" ORDER BY created_at DESC, id LIMIT CAST(? AS BIGINT) OFFSET CAST(? AS BIGINT)",
		slices.Concat(s.args, []any{size, offset})...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err below tells what went wrong
	var row sessionRow
	fields := row.fields()
	all = make([]sessionRow, 0, size)
	for rows.Next() {
		if err := rows.Scan(fields...); err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, rows.Err()
}
