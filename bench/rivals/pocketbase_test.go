package rivals

import (
	"path/filepath"
	"testing"
)

// A rival that syncs less than it is said to would win by it.
func TestDurablePocketBaseSyncs(t *testing.T) {
	db, err := connectDurable(filepath.Join(t.TempDir(), "data.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	const full = 2
	var got int
	if err := db.NewQuery("PRAGMA synchronous").Row(&got); err != nil || got != full {
		t.Errorf("synchronous is %d, error %v", got, err)
	}
	var mode string
	if err := db.NewQuery("PRAGMA journal_mode").Row(&mode); err != nil || mode != "wal" {
		t.Errorf("journal_mode is %s, error %v", mode, err)
	}
}
