package repository

import (
	"slices"
	"testing"
)

// notMoved are the tables of each database's own.
var notMoved = []string{"schema_steps", "moves"}

// TestEveryColumnIsMoved, so that a new table or column cannot be forgotten.
func TestEveryColumnIsMoved(t *testing.T) {
	moved := map[string][]string{}
	for _, row := range movedRows() {
		table, err := newMoveTable(row)
		if err != nil {
			t.Fatal(err)
		}
		moved[table.name] = table.columns
		if len(table.keys) == 0 || table.row.NumField() != len(table.columns) {
			t.Errorf("%s has the keys %v, %d fields and %d columns", table.name, table.keys, table.row.NumField(), len(table.columns))
		}
	}
	there := map[string][]string{}
	for _, c := range columnsOf(t, newPlanned(t, 0).read, sqliteColumns) {
		there[c.Table] = append(there[c.Table], c.Name)
	}
	for table, columns := range there {
		if slices.Contains(notMoved, table) {
			continue
		}
		slices.Sort(columns)
		if got := slices.Sorted(slices.Values(moved[table])); !slices.Equal(got, columns) {
			t.Errorf("%s has the columns\n%v, and moved are\n%v", table, columns, got)
		}
	}
	if len(there)-len(notMoved) != len(moved) || len(moved) < 15 {
		t.Errorf("there are %d tables, and %d are moved", len(there), len(moved))
	}
}

// TestKeysAreReadInTheirOrder: the order of the fields is that of the primary key in the schema.
func TestKeysAreReadInTheirOrder(t *testing.T) {
	want := map[string][]string{}
	for _, c := range columnsOf(t, newPlanned(t, 0).read, sqliteColumns) {
		for c.Key > int64(len(want[c.Table])) {
			want[c.Table] = append(want[c.Table], "")
		}
		if c.Key > 0 {
			want[c.Table][c.Key-1] = c.Name
		}
	}
	for _, row := range movedRows() {
		table, err := newMoveTable(row)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, at := range table.keys {
			got = append(got, table.columns[at])
		}
		if !slices.Equal(got, want[table.name]) {
			t.Errorf("%s is read by %v, and its key is %v", table.name, got, want[table.name])
		}
	}
}
