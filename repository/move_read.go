package repository

import (
	"context"
	"database/sql"
	"reflect"
	"strings"

	"gorm.io/gorm"
)

// A batch is written in one transaction, which a call that was interrupted loses, and is in memory as a
// whole; the last row of it may be as large as rows can be.
const (
	batchRows  = 500
	batchBytes = 8 << 20
)

// moveRows are the rows of a table in the order of their keys, which is the same in every engine. They
// are read as they are needed, by one statement.
type moveRows struct {
	table  *moveTable
	rows   *sql.Rows
	ctx    context.Context // of the rows, which end with it
	cancel context.CancelFunc
}

// behind reads what comes after a key; nil is before everything. The caller closes it.
func (t *moveTable) behind(ctx context.Context, tx *gorm.DB, key []any) (*moveRows, error) {
	statement := "SELECT " + strings.Join(t.columns, ", ") + " FROM " + t.name
	if key != nil {
		statement += " WHERE (" + t.keyColumns() + ") > (" + strings.Repeat("?, ", len(key)-1) + "?)"
	}
	ctx, cancel := context.WithCancel(ctx)
	rows, err := query(tx.WithContext(unwatched(ctx, tx)), statement+" ORDER BY "+t.keyColumns(), key...) //nolint:rowserrcheck,sqlclosecheck // see next and close
	if err != nil {
		cancel()
		return nil, err
	}
	return &moveRows{t, rows, ctx, cancel}, nil
}

// close ends the statement first: what is left of it is not wanted.
func (r *moveRows) close() {
	r.cancel()
	_ = r.rows.Close()
}

// next returns the next row; ok says whether there is one.
func (r *moveRows) next() (row moveRowValue, ok bool, err error) {
	if err := r.ctx.Err(); err != nil {
		return row, false, err
	}
	if !r.rows.Next() {
		return row, false, r.rows.Err()
	}
	row = moveRowValue{reflect.New(r.table.row).Elem()}
	into := make([]any, len(r.table.columns))
	for i := range into {
		into[i] = row.Field(i).Addr().Interface()
	}
	return row, true, r.rows.Scan(into...)
}

// batch returns the next rows, and whether there may be more.
func (r *moveRows) batch() (rows []moveRowValue, more bool, err error) {
	for size := 0; len(rows) < batchRows && size < batchBytes; {
		row, ok, err := r.next()
		if err != nil || !ok {
			return rows, false, err
		}
		rows = append(rows, row)
		size += row.size()
	}
	return rows, true, nil
}

// size is about how many bytes the row takes.
func (v moveRowValue) size() int {
	size := int(v.Type().Size())
	for i := range v.NumField() {
		field := v.Field(i)
		if text, ok := textOf(field); ok {
			size += len(text)
		} else if field.Kind() == reflect.Slice {
			size += field.Len()
		}
	}
	return size
}
