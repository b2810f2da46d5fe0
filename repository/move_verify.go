package repository

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"strings"

	"gorm.io/gorm"
)

// verify reads both databases side by side, in the order of the keys, and compares all columns.
func (m *mover) verify(ctx context.Context) error {
	return m.to.streaming(ctx, func(tx *gorm.DB) error {
		if of(tx) == &postgresDialect {
			if _, err := execute(tx, unsorted); err != nil {
				return err
			}
		}
		for at, table := range m.tables {
			m.report.At = at
			if err := m.compare(ctx, tx, table); err != nil {
				return err
			}
			m.tell()
		}
		return nil
	})
}

// compare walks through a table of both: the smaller key is the one that the other side lacks.
func (m *mover) compare(ctx context.Context, target *gorm.DB, table *moveTable) error {
	from, err := table.behind(ctx, m.source, nil)
	if err != nil {
		return err
	}
	defer from.close()
	to, err := table.behind(ctx, target, nil)
	if err != nil {
		return err
	}
	defer to.close()
	left, more, err := from.next()
	if err != nil {
		return err
	}
	right, moreRight, err := to.next()
	for err == nil && (more || moreRight) {
		var order int
		switch {
		case !moreRight:
			order = -1
		case !more:
			order = 1
		default:
			order = compareKeys(table.key(left), table.key(right))
		}
		m.judge(table, order, left, right)
		if order <= 0 {
			if left, more, err = from.next(); err != nil {
				return err
			}
		}
		if order >= 0 {
			right, moreRight, err = to.next()
		}
	}
	return err
}

// judge notes what is wrong with two rows, of which the one with the smaller key counts.
func (m *mover) judge(table *moveTable, order int, left, right moveRowValue) {
	switch {
	case order < 0:
		m.differs("%s is missing in the target", table.called(left))
	case order > 0:
		m.differs("%s is in the target, and not in the source", table.called(right))
		return
	default:
		if columns := table.differing(left, right); len(columns) > 0 {
			m.differs("%s differs in %s", table.called(left), strings.Join(columns, ", "))
		}
	}
	at := &m.report.Tables[m.report.At]
	if at.Verified++; at.Verified%progressStep == 0 {
		m.tell()
	}
}

func (m *mover) differs(format string, args ...any) {
	m.report.Differences++
	if len(m.report.Details) < maxDetails {
		m.report.Details = append(m.report.Details, fmt.Sprintf(format, args...))
	}
}

// differing names the columns in which two rows differ.
func (t *moveTable) differing(left, right moveRowValue) []string {
	var names []string
	for i, column := range t.columns {
		if !reflect.DeepEqual(left.Field(i).Interface(), right.Field(i).Interface()) {
			names = append(names, column)
		}
	}
	return names
}

// compareKeys compares numbers by their size and texts byte by byte, as both engines do.
func compareKeys(a, b []any) int {
	for i := range a {
		var order int
		switch left := a[i].(type) {
		case int64:
			order = cmp.Compare(left, b[i].(int64))
		case string:
			order = strings.Compare(left, b[i].(string))
		}
		if order != 0 {
			return order
		}
	}
	return 0
}
