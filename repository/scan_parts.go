package repository

import (
	"database/sql"
	"errors"
	"runtime"
	"slices"
	"sync"

	"gorm.io/gorm"
)

// parts are what the rows of a tenant are divided into, to be read side by side: the first by the
// caller's transaction, each of the others by one of its own. These see the same state of the agent
// unless it is being changed just then: the caller reads all of it in that case.
type parts struct {
	*opening
	agentID string
	there   live
	rows    int64 // of the tenant
}

// partLeast is how many rows are worth a transaction of their own, unless a test says otherwise.
const partLeast = 5000

// part is the rows behind one id, up to and with another.
type part struct{ after, last string }

var (
	errMoved = errors.New("the agent was changed meanwhile")
	errBusy  = errors.New("others are being helped already")
)

func (p *parts) source(tx *gorm.DB, take func([]byte) bool) error {
	all, err := p.divide(tx)
	if err != nil {
		return err
	}
	failed := make([]error, len(all))
	var helpers sync.WaitGroup
	for i := 1; i < len(all); i++ {
		helpers.Go(func() { failed[i] = p.help(tx, all[i], take) })
	}
	failed[0] = p.read(tx, all[0], take)
	helpers.Wait()
	for i, err := range failed {
		if errors.Is(err, errMoved) || errors.Is(err, errBusy) {
			failed[i] = p.read(tx, all[i], take)
		}
	}
	return errors.Join(failed...)
}

// divide makes parts of about the same size, one for each processor.
func (p *parts) divide(tx *gorm.DB) (all []part, err error) {
	var after, last string
	n := min(int64(runtime.GOMAXPROCS(0)), p.rows/p.store.partLeast+1)
	for range n - 1 {
		err := tx.Raw("SELECT id FROM sessions WHERE tenant_id = ? AND id > ? ORDER BY id LIMIT 1 OFFSET ?", p.who.TenantID, after, p.rows/n-1).Scan(&last).Error
		if err != nil {
			return nil, err
		}
		all = append(all, part{after, last})
		after = last
	}
	err = tx.Raw("SELECT COALESCE(MAX(id), '') FROM sessions WHERE tenant_id = ?", p.who.TenantID).Scan(&last).Error
	return append(all, part{after, last}), err
}

// help reads a part in a transaction of its own, unless that shows another state of the agent, or
// as many do so already as there are processors.
func (p *parts) help(tx *gorm.DB, its part, take func([]byte) bool) error {
	select {
	case p.store.helpers <- struct{}{}:
	default:
		return errBusy
	}
	defer func() { <-p.store.helpers }()
	return p.store.reading(tx.Statement.Context, func(tx *gorm.DB) error {
		now, err := p.state(tx, p.agentID)
		if err != nil {
			return err
		}
		if now.SearchEpoch != p.there.SearchEpoch || !slices.Equal(now.known, p.there.known) {
			return errMoved
		}
		return p.read(tx, its, take)
	})
}

// read reads a part.
func (p *parts) read(tx *gorm.DB, its part, take func([]byte) bool) error {
	for after := its.after; after < its.last; {
		var (
			last sql.NullString // NULL when there are no more
			rows []byte
		)
		if err := tx.Raw(scanTenant, p.who.TenantID, p.agentID, after, its.last, scanBatch).Row().Scan(&last, &rows); err != nil {
			return err
		}
		if !last.Valid || !take(rows) {
			return nil
		}
		after = last.String
	}
	return nil
}
