package repository

import (
	"bytes"
	"errors"
	"runtime"
	"sync"

	"sessionhub/crypto"
	"sessionhub/models"
)

// opening turns rows into changes: some goroutines read, others open.
type opening struct {
	store *Store
	box   *crypto.Box
	who   models.Actor
	texts bool // whether names and e-mail addresses are wanted
}

// scan hands over what the source reads, opened, in no order. hand is called by one goroutine at a
// time; an error that it returns ends the scan.
func (o *opening) scan(from source, hand func([]change) error) error {
	read, to := make(chan []byte, 2), handing{hand: hand}
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			worker := o.newOpener()
			for rows := range read {
				to.give(worker.open(rows))
			}
		})
	}
	err := from(func(rows []byte) bool {
		read <- rows
		return !to.refused()
	})
	close(read)
	workers.Wait()
	return errors.Join(to.failed, err)
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
	names, emails *crypto.Opener
	value, folded []byte
	ends          []int // in folded, of each session's name, e-mail address and id
}

func (o *opening) newOpener() *opener {
	return &opener{
		opening: o,
		names:   o.box.Opener(sessionPlace(o.who, "user_name", "")),
		emails:  o.box.Opener(sessionPlace(o.who, "user_email", "")),
	}
}

// open makes changes of a piece of rows. Their texts share one piece of memory.
func (o *opener) open(rows []byte) ([]change, error) {
	batch := make([]change, 0, scanBatch)
	o.folded, o.ends = o.folded[:0], o.ends[:0]
	var counted tally
	for len(rows) > 0 {
		var s scanned
		var err error
		if rows, err = s.parse(rows); err != nil {
			return nil, err
		}
		o.add(&s, &counted)
		batch = append(batch, s.change)
	}
	o.store.stats.opened.Add(counted.opened)
	o.store.stats.unreadable.Add(counted.unreadable)
	all, start := string(o.folded), 0
	for i := range batch {
		name, email, id := o.ends[3*i], o.ends[3*i+1], o.ends[3*i+2]
		batch[i].name, batch[i].email, batch[i].id = all[start:name], all[name:email], all[email:id]
		start = id
	}
	return batch, nil
}

// tally is what a piece adds to the statistics, which all goroutines share.
type tally struct{ opened, unreadable int64 }

// add puts the session's texts behind those of the others: none but the id where they do not open.
func (o *opener) add(s *scanned, n *tally) {
	start := len(o.folded)
	wanted := o.texts && !s.deleted
	named := !wanted || o.text(o.names, s.sealedName, s.rowID, n)
	name := len(o.folded)
	if !named || wanted && !o.text(o.emails, s.sealedEmail, s.rowID, n) { // told when somebody asks for it
		o.folded, name, s.broken = o.folded[:start], start, true
	}
	email := len(o.folded)
	o.folded = append(o.folded, s.rowID...)
	o.ends = append(o.ends, name, email, len(o.folded))
}

// text opens and folds a column, and says whether it opens.
func (o *opener) text(column *crypto.Opener, sealed, id []byte, n *tally) bool {
	if len(sealed) == 0 {
		return true
	}
	var err error
	if o.value, err = column.Append(o.value[:0], sealed, id); err != nil {
		n.unreadable++
		return false
	}
	n.opened++
	o.folded = appendFolded(o.folded, o.value)
	return true
}

// scanned is a row as it was read.
type scanned struct {
	change
	sealedName, sealedEmail, rowID []byte
}

var errRow = errors.New("a row of sessions is not as it was asked for")

// parse takes the first of the rows and returns the others.
func (s *scanned) parse(rows []byte) ([]byte, error) {
	var numbers [5]int64
	for i := range numbers {
		n, rest, err := parseNumber(rows)
		if err != nil {
			return nil, err
		}
		numbers[i], rows = n, rest
	}
	s.revision, s.deleted, s.created, s.updated, s.finalized = numbers[0], numbers[1] != 0, numbers[2], numbers[3], numbers[4] != 0
	for _, text := range [...]*[]byte{&s.sealedName, &s.sealedEmail, &s.rowID} {
		end := bytes.IndexByte(rows, endOfText)
		if end < 0 {
			return nil, errRow
		}
		*text, rows = rows[:end], rows[end+1:]
	}
	return rows, nil
}

// parseNumber takes an integer and what ends it: a third of the time of finding the end first and
// of [strconv.ParseInt], of which a scan would need five for each session.
func parseNumber(rows []byte) (n int64, rest []byte, err error) {
	digits := bytes.TrimPrefix(rows, minus)
	for i, b := range digits {
		switch {
		case b == endOfText && i > 0 && len(digits) < len(rows):
			return -n, digits[i+1:], nil
		case b == endOfText && i > 0:
			return n, digits[i+1:], nil
		case b < '0' || b > '9' || i == maxDigits:
			return 0, nil, errRow
		}
		n = n*10 + int64(b-'0')
	}
	return 0, nil, errRow
}

// maxDigits are as many as always fit into an int64.
const maxDigits = 18

var minus = []byte{'-'}
