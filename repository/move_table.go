package repository

import (
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"unicode/utf8"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// moveTable is what has to be known of a table to copy it. Rows keep the types of their struct: so a
// truth that is a number in one engine comes back as one, and NULL as NULL.
type moveTable struct {
	name    string
	row     reflect.Type
	columns []string // in the order of the fields
	keys    []int    // the places of those of the primary key
}

// moveRowValue is a row: the struct of its table.
type moveRowValue struct{ reflect.Value }

func newMoveTable(row any) (*moveTable, error) {
	s, err := schema.Parse(row, &sync.Map{}, schema.NamingStrategy{})
	if err != nil {
		return nil, err
	}
	t := &moveTable{name: s.Table, row: s.ModelType}
	for i, f := range s.Fields {
		t.columns = append(t.columns, f.DBName)
		if f.PrimaryKey {
			t.keys = append(t.keys, i)
		}
	}
	return t, nil
}

// key is the primary key of a row.
func (t *moveTable) key(row moveRowValue) []any {
	key := make([]any, len(t.keys))
	for i, at := range t.keys {
		key[i] = row.Field(at).Interface()
	}
	return key
}

func (t *moveTable) keyColumns() string {
	names := make([]string, len(t.keys))
	for i, at := range t.keys {
		names[i] = t.columns[at]
	}
	return strings.Join(names, ", ")
}

// called is a row as it is told of: by its key, which holds no secret.
func (t *moveTable) called(row moveRowValue) string {
	parts := make([]string, len(t.keys))
	for i, at := range t.keys {
		parts[i] = fmt.Sprintf("%s %#v", t.columns[at], row.Field(at).Interface())
	}
	return t.name + " (" + strings.Join(parts, ", ") + ")"
}

// last returns the largest key that there is, nil in an empty table.
func (t *moveTable) last(db *gorm.DB) ([]any, error) {
	row := moveRowValue{reflect.New(t.row).Elem()}
	into := make([]any, len(t.keys))
	for i, at := range t.keys {
		into[i] = row.Field(at).Addr().Interface()
	}
	order := strings.ReplaceAll(t.keyColumns(), ",", " DESC,") + " DESC"
	err := queryRow(db, "SELECT "+t.keyColumns()+" FROM "+t.name+" ORDER BY "+order+" LIMIT 1").Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return t.key(row), err
}

// checkTexts refuses what PostgreSQL does not keep as a text. What is sealed is base64.
func (t *moveTable) checkTexts(rows []moveRowValue) error {
	for _, row := range rows {
		for i, column := range t.columns {
			text, ok := textOf(row.Field(i))
			if !ok || utf8.ValidString(text) && strings.IndexByte(text, 0) < 0 {
				continue
			}
			return fmt.Errorf("%s of %s holds the character U+0000, or is no UTF-8, and PostgreSQL does not keep such a text: change or delete it in the source", column, t.called(row))
		}
	}
	return nil
}

func textOf(field reflect.Value) (text string, ok bool) {
	switch v := field.Interface().(type) {
	case string:
		return v, true
	case *string:
		if v != nil {
			return *v, true
		}
	}
	return "", false
}

// insert writes rows, into SQLite one by one, which is a call in the same process, and into PostgreSQL
// with one statement of which the columns are arrays: its text is always the same.
func (t *moveTable) insert(tx *gorm.DB, rows []moveRowValue) error {
	into := "INSERT INTO " + t.name + " (" + strings.Join(t.columns, ", ") + ") "
	if of(tx) == &postgresDialect {
		statement, arrays := t.arrays(rows)
		_, err := execute(tx, into+statement, arrays...)
		return err
	}
	into += "VALUES (" + strings.Repeat("?, ", len(t.columns)-1) + "?)"
	values := make([]any, len(t.columns))
	for _, row := range rows {
		for i := range values {
			values[i] = row.Field(i).Interface()
		}
		if _, err := execute(tx, into, values...); err != nil {
			return err
		}
	}
	return nil
}

// arrays are the rows for PostgreSQL, by column.
func (t *moveTable) arrays(rows []moveRowValue) (statement string, values []any) {
	casts := make([]string, len(t.columns))
	values = make([]any, len(t.columns))
	for i := range t.columns {
		kind := t.row.Field(i).Type
		casts[i] = "CAST(? AS " + postgresType(kind) + "[])"
		column := reflect.MakeSlice(reflect.SliceOf(kind), len(rows), len(rows))
		for n, row := range rows {
			column.Index(n).Set(row.Field(i))
		}
		values[i] = column.Interface()
	}
	return "SELECT * FROM unnest(" + strings.Join(casts, ", ") + ")", values
}

// postgresType is the type that step4_postgres.sql gives to a field of a row.
func postgresType(kind reflect.Type) string {
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	switch kind.Kind() {
	case reflect.String:
		return "TEXT"
	case reflect.Bool:
		return "BOOLEAN"
	case reflect.Slice:
		return "BYTEA"
	}
	return "BIGINT"
}
