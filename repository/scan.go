package repository

import (
	"database/sql"
	"errors"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"gorm.io/gorm"

	"sessionhub/crypto"
	"sessionhub/models"
)

// scanBatch is how many rows go from one goroutine to another at a time.
const scanBatch = 256

// What is read of a session, as one text: a column costs as much as all else of a row. The numbers
// have a space behind each, the last two are the lengths of the texts that follow. A text that is
// not there and an empty one are the same to a search.
const (
	scanColumns = `created_at || ' ' || updated_at || CASE WHEN finalized_at IS NULL THEN ' 0 ' ELSE ' 1 ' END ||
		COALESCE(octet_length(user_name), 0) || ' ' || COALESCE(octet_length(user_email), 0) || ' ' ||
		COALESCE(user_name, '') || COALESCE(user_email, '') || id FROM sessions `
	scanLive = "SELECT '0 0 ' || " + scanColumns

	// scanAgent goes by the agent's index and finds each row from there. The order is that of the
	// index, so that it is taken.
	scanAgent = scanLive + "WHERE tenant_id = ? AND agent_id = ? AND deleted_at IS NULL ORDER BY created_at DESC, id"
	// scanTenant goes through all rows of the tenant, as they lie, and takes those of the agent:
	// a row costs a fifth of one found by the index. The empty text keeps that from being used.
	scanTenant = scanLive + "WHERE tenant_id = ? AND agent_id || '' = ? AND deleted_at IS NULL ORDER BY id"

	scanChanges = "SELECT revision || CASE WHEN deleted_at IS NULL THEN ' 0 ' ELSE ' 1 ' END || " + scanColumns +
		"WHERE tenant_id = ? AND agent_id = ? AND revision > ? ORDER BY revision"
)

// fewOfTenant is how many rows of a tenant may be passed over for one of the agent's.
const fewOfTenant = 4

// live is what an agent has.
type live struct {
	Sessions, Revision int64
	statement          string // that reads them in less time
}

// count looks at indexes alone. Of the tenant's other sessions it counts no more than it takes to
// know that they are many.
func (o *opening) count(tx *gorm.DB, agentID string) (there live, err error) {
	named := map[string]any{"tenant": o.who.TenantID, "agent": agentID}
	err = tx.Raw(`SELECT
		(SELECT COUNT(*) FROM sessions WHERE tenant_id = @tenant AND agent_id = @agent AND deleted_at IS NULL) AS sessions,
		(SELECT COALESCE(MAX(revision), 0) FROM sessions WHERE tenant_id = @tenant AND agent_id = @agent) AS revision`, named).Scan(&there).Error
	if err != nil {
		return there, err
	}
	var others int64
	named["most"] = fewOfTenant * there.Sessions
	err = tx.Raw(`SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM sessions WHERE tenant_id = @tenant AND agent_id < @agent LIMIT @most) AS before_it) +
		(SELECT COUNT(*) FROM (SELECT 1 FROM sessions WHERE tenant_id = @tenant AND agent_id > @agent LIMIT @most) AS behind_it)`, named).Scan(&others).Error
	if there.statement = scanTenant; others >= fewOfTenant*there.Sessions {
		there.statement = scanAgent
	}
	return there, err
}

// opening turns rows into changes: one goroutine reads, the others open.
type opening struct {
	store *Store
	box   *crypto.Box
	who   models.Actor
	texts bool // whether names and e-mail addresses are wanted
}

// scan runs the statement and hands over what it selects, opened, in no order. hand is called by
// one goroutine at a time; an error that it returns ends the scan.
func (o *opening) scan(tx *gorm.DB, hand func([]change) error, statement string, args ...any) error {
	rows, err := tx.Raw(statement, args...).Rows()
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err below tells what went wrong
	read, to := make(chan []string, 2), handing{hand: hand}
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			worker := opener{opening: o}
			for batch := range read {
				to.give(worker.open(batch))
			}
		})
	}
	err = readBatches(rows, read, &to)
	close(read)
	workers.Wait()
	return errors.Join(to.failed, err, rows.Err())
}

// readBatches reads rows until there are no more, or what was read is refused.
func readBatches(rows *sql.Rows, read chan<- []string, to *handing) error {
	batch := make([]string, 0, scanBatch)
	for rows.Next() {
		var row string
		if err := rows.Scan(&row); err != nil {
			return err
		}
		if batch = append(batch, row); len(batch) < scanBatch {
			continue
		}
		read <- batch
		batch = make([]string, 0, scanBatch)
		if to.refused() {
			return nil
		}
	}
	read <- batch
	return nil
}

var errRow = errors.New("a row of sessions is not as it was asked for")

func parseRow(row string) (c change, err error) {
	var numbers [7]int64
	for i := range numbers {
		digits, rest, _ := strings.Cut(row, " ")
		if numbers[i], err = strconv.ParseInt(digits, 10, 64); err != nil {
			return c, errRow
		}
		row = rest
	}
	c.revision, c.deleted, c.created, c.updated, c.finalized = numbers[0], numbers[1] != 0, numbers[2], numbers[3], numbers[4] != 0
	name, email := numbers[5], numbers[6]
	if name < 0 || email < 0 || name+email > int64(len(row)) {
		return c, errRow
	}
	c.name, c.email, c.id = row[:name], row[name:name+email], row[name+email:]
	return c, nil
}

// handing gives batches of many goroutines to hand, one after another, until it fails.
type handing struct {
	hand   func([]change) error
	mu     sync.Mutex
	failed error
}

func (h *handing) give(changes []change, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failed == nil {
		h.failed = err
	}
	if h.failed == nil {
		h.failed = h.hand(changes)
	}
}

func (h *handing) refused() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.failed != nil
}

// opener is one goroutine's part of it, with memory that it uses again and again.
type opener struct {
	*opening
	opened, texts []byte
	ends          [3 * scanBatch]int // of the names, e-mail addresses and ids in texts
}

// open puts opened and folded texts in the place of the sealed ones. Those of a batch share one
// piece of memory.
func (o *opener) open(rows []string) ([]change, error) {
	batch := make([]change, len(rows))
	o.texts = o.texts[:0]
	for i := range batch {
		var err error
		if batch[i], err = parseRow(rows[i]); err != nil {
			return nil, err
		}
		c := &batch[i]
		before := len(o.texts)
		wanted := o.opening.texts && !c.deleted
		named := !wanted || o.text("user_name", c.id, c.name)
		o.ends[3*i] = len(o.texts)
		if !named || wanted && !o.text("user_email", c.id, c.email) { // told when somebody asks for it
			o.texts, o.ends[3*i], c.broken = o.texts[:before], before, true
		}
		o.ends[3*i+1] = len(o.texts)
		o.texts = append(o.texts, c.id...)
		o.ends[3*i+2] = len(o.texts)
	}
	all, start := string(o.texts), 0
	for i := range batch {
		name, email, id := o.ends[3*i], o.ends[3*i+1], o.ends[3*i+2]
		batch[i].name, batch[i].email, batch[i].id = all[start:name], all[name:email], all[email:id]
		start = id
	}
	return batch, nil
}

// text opens and folds a column, and says whether it opens.
func (o *opener) text(column, id, sealed string) bool {
	if sealed == "" {
		return true
	}
	var err error
	o.opened, err = o.store.appendOpened(o.opened[:0], o.box, sealed, sessionPlace(o.who, column, id))
	o.texts = appendFolded(o.texts, o.opened)
	return err == nil
}
