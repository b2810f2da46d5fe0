package repository

import (
	"bytes"
	"database/sql"
	"errors"

	"gorm.io/gorm"
)

// scanBatch is how many rows go from one goroutine to another at a time.
const scanBatch = 512

// What is read of a session to be searched: see scanned. A name that is not there and an empty one are
// the same to a search.
const (
	byColumn = `created_at, updated_at, CASE WHEN finalized_at IS NULL THEN 0 ELSE 1 END,
		COALESCE(user_name, ''), COALESCE(user_email, ''), id FROM sessions WHERE tenant_id = ? AND agent_id = ?`
	agentByColumn   = "SELECT 0, 0, " + byColumn + " AND deleted_at IS NULL"
	changesByColumn = "SELECT revision, CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END, " + byColumn + " AND revision > ? ORDER BY revision"
)

// fewOfTenant is how many rows of a tenant may be passed over for one of the agent's.
const fewOfTenant = 4

// live is what an agent has. Where epoch and revisions are the same, all of it is.
type live struct {
	SearchEpoch int64
	known       revisions
	sessions    int64
}

// state looks up what tells one state of the agent from another.
func (o *opening) state(tx *gorm.DB, agentID string) (now live, err error) {
	if err := tx.Raw("SELECT search_epoch FROM tenants WHERE id = ?", o.who.TenantID).Scan(&now.SearchEpoch).Error; err != nil {
		return now, err
	}
	now.known, err = known(tx, o.who, agentID)
	return now, err
}

// count is state with what an agent has. It looks at indexes alone.
func (o *opening) count(tx *gorm.DB, agentID string) (live, error) {
	there, err := o.state(tx, agentID)
	if err != nil {
		return there, err
	}
	named := map[string]any{"tenant": o.who.TenantID, "agent": agentID}
	err = tx.Raw("SELECT COUNT(*) FROM sessions WHERE tenant_id = @tenant AND agent_id = @agent AND deleted_at IS NULL", named).Scan(&there.sessions).Error
	return there, err
}

// others counts the tenant's sessions of other agents, until they are as many as most. It looks at
// an index alone.
func (o *opening) others(tx *gorm.DB, agentID string, most int64) (n int64, err error) {
	err = tx.Raw(`SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM sessions WHERE tenant_id = @tenant AND agent_id < @agent LIMIT @most) AS before_it) +
		(SELECT COUNT(*) FROM (SELECT 1 FROM sessions WHERE tenant_id = @tenant AND agent_id > @agent LIMIT @most) AS behind_it)`,
		map[string]any{"tenant": o.who.TenantID, "agent": agentID, "most": most}).Scan(&n).Error
	return n, err
}

// source reads rows, as text, and gives them to take in pieces of about scanBatch rows, until take
// wants no more. A piece belongs to take, which many goroutines may call.
type source func(take func(rows []byte) bool) error

// rows reads all that the agent has, in the way that takes less time: SQLite may go through all rows of
// the tenant instead, where there are few others.
func (o *opening) rows(tx *gorm.DB, agentID string, there live) source {
	byAgent := oneByOne(tx, of(tx).scanAgent, o.who.TenantID, agentID)
	if !of(tx).parts {
		return byAgent
	}
	return func(take func([]byte) bool) error {
		most := fewOfTenant * there.sessions
		others, err := o.others(tx, agentID, most)
		if err != nil {
			return err
		}
		if others >= most {
			return byAgent(take)
		}
		p := &parts{opening: o, agentID: agentID, there: there, rows: there.sessions + others}
		return p.source(tx, take)
	}
}

// all scans all that the agent has.
func (o *opening) all(tx *gorm.DB, agentID string, there live, begin func(), hand func([]change) error) error {
	return o.again(tx, o.rows(tx, agentID, there), oneByOne(tx, agentByColumn, o.who.TenantID, agentID), begin, hand)
}

// changed scans what was changed of the agent since.
func (o *opening) changed(tx *gorm.DB, agentID string, since revisions, begin func(), hand func([]change) error) error {
	if of(tx).lanes > 1 {
		begin()
		return o.scan(oneByOne(tx, of(tx).scanChanges, since.array(), o.who.TenantID, agentID), hand)
	}
	return o.again(tx, oneByOne(tx, of(tx).scanChanges, o.who.TenantID, agentID, since[0]),
		oneByOne(tx, changesByColumn, o.who.TenantID, agentID, since[0]), begin, hand)
}

// again scans what is joined by the database. A damaged text may hold an endOfText, and then it begins
// again with what is read column by column.
func (o *opening) again(tx *gorm.DB, joined, careful source, begin func(), hand func([]change) error) error {
	begin()
	err := o.scan(joined, hand)
	if errors.Is(err, errRow) && tx.Statement.Context.Err() == nil {
		begin()
		err = o.scan(careful, hand)
	}
	return err
}

// oneByOne reads the rows that the statement selects. Where they have several columns it makes one
// text of them.
func oneByOne(tx *gorm.DB, statement string, args ...any) source {
	return func(take func([]byte) bool) error {
		rows, err := tx.Raw(statement, args...).Rows()
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // rows.Err below tells what went wrong
		names, err := rows.Columns()
		if err != nil {
			return err
		}
		row := newJoined(len(names))
		var piece []byte
		for n := 1; rows.Next(); n++ {
			if err := rows.Scan(row.fields...); err != nil {
				return err
			}
			if piece = row.appendTo(piece); n%scanBatch > 0 {
				continue
			}
			if !take(piece) {
				return nil
			}
			piece = make([]byte, 0, len(piece)*9/8)
		}
		take(piece)
		return rows.Err()
	}
}

// joined is a row that becomes one text.
type joined struct {
	columns []sql.RawBytes
	fields  []any
}

func newJoined(n int) *joined {
	j := &joined{columns: make([]sql.RawBytes, n), fields: make([]any, n)}
	for i := range j.columns {
		j.fields[i] = &j.columns[i]
	}
	return j
}

// appendTo adds the row, with an endOfText behind each column; a single one has its own. A column that
// has one inside is damaged, and does not open without it either.
func (j *joined) appendTo(text []byte) []byte {
	if len(j.columns) == 1 {
		return append(text, j.columns[0]...)
	}
	for _, column := range j.columns {
		start := len(text)
		text = append(append(text, column...), endOfText)
		for i := bytes.IndexByte(text[start:], endOfText); start+i < len(text)-1; i += bytes.IndexByte(text[start+i:], endOfText) {
			text[start+i] = 0
		}
	}
	return text
}
