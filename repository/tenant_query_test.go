package repository

import (
	"fmt"
	"slices"
)

// untenanted says why a statement does not name its tenant; empty where it does, or reads and writes
// no tenant's table. What it does not understand, it refuses.
func untenanted(sql string) (reason string) {
	tokens, err := sqlTokens(sql)
	if err != nil {
		return err.Error()
	}
	nodes, err := sqlTree(tokens)
	if err != nil {
		return err.Error()
	}
	c := &tenantCheck{}
	for _, statement := range splitNodes(nodes, ";") {
		c.statement(statement)
	}
	return c.reason
}

// tenantCheck keeps the first reason.
type tenantCheck struct{ reason string }

func (c *tenantCheck) fail(format string, args ...any) {
	if c.reason == "" {
		c.reason = fmt.Sprintf(format, args...)
	}
}

// bare are the statements that reach no rows of a table.
var bare = []string{
	"begin", "start", "commit", "end", "rollback", "savepoint", "release", "pragma", "set", "show",
	"alter", "drop", "comment", "analyze", "vacuum", "listen", "notify",
}

func (c *tenantCheck) statement(nodes []sqlNode) {
	first := nodeAt(nodes, 0)
	switch {
	case len(nodes) == 0 || first.is(bare...):
	case first.is("explain"):
		if i := indexNode(nodes, 1, "select", "with", "values", "insert", "update", "delete"); i > 0 {
			c.query(nodes[i:], nil)
		}
	case first.is("create"):
		if i := indexNode(nodes, 1, "as"); i > 0 && indexNode(nodes[:i], 1, "trigger", "function") < 0 {
			c.query(nodes[i+1:], nil)
		}
	default:
		c.query(nodes, nil)
	}
}

// sqlArm is one SELECT, or one row of VALUES, and what the names in its columns mean.
type sqlArm struct {
	columns []sqlNode
	scope   *sqlScope
}

// query looks at a statement or a sub-select.
func (c *tenantCheck) query(nodes []sqlNode, outer *sqlScope) (arms []sqlArm) {
	if nodeAt(nodes, 0).is("with") {
		nodes, outer = c.with(nodes, outer)
	}
	switch first := nodeAt(nodes, 0); {
	case first.is("insert"):
		c.insert(nodes, outer)
		return nil
	case first.is("update"):
		c.update(nodes, outer)
		return nil
	case first.is("delete"):
		c.remove(nodes, outer)
		return nil
	}
	for _, arm := range splitNodes(nodes, "union", "intersect", "except") {
		if nodeAt(arm, 0).is("all", "distinct") {
			arm = arm[1:]
		}
		switch first := nodeAt(arm, 0); {
		case first.is("select"):
			arms = append(arms, c.selects(arm, outer))
		case first.is("values"):
			c.walk(arm, outer)
			for _, row := range splitNodes(arm[1:], ",") {
				arms = append(arms, sqlArm{nodeAt(row, 0).sub, outer})
			}
		case first.kind == sqlGroup:
			arms = append(arms, c.query(first.sub, outer)...)
			c.walk(arm[1:], outer)
		default:
			c.fail("is a statement that this check does not know")
		}
	}
	return arms
}

// with reads the queries of WITH, and returns what stands behind them.
func (c *tenantCheck) with(nodes []sqlNode, outer *sqlScope) ([]sqlNode, *sqlScope) {
	s := &sqlScope{outer: outer, named: map[string]bool{}}
	i, recursive := 1, nodeAt(nodes, 1).is("recursive")
	if recursive {
		i++
	}
	for {
		name := nodeAt(nodes, i).text
		if i++; nodeAt(nodes, i).kind == sqlGroup {
			i++
		}
		for nodeAt(nodes, i).is("as", "not", "materialized") {
			i++
		}
		body := nodeAt(nodes, i)
		if body.kind != sqlGroup {
			c.fail("has a WITH that this check does not know")
			return nil, s
		}
		if recursive {
			s.named[name] = true
		}
		c.query(body.sub, s)
		s.named[name] = true
		if i++; !nodeAt(nodes, i).is(",") {
			return nodes[i:], s
		}
		i++
	}
}

// clauses cuts a block at its keywords.
func (c *tenantCheck) clauses(nodes []sqlNode, keywords ...string) map[string][]sqlNode {
	all := map[string][]sqlNode{}
	keyword := ""
	for i, n := range nodes {
		distinct := n.is("from") && nodeAt(nodes, i-1).is("distinct") && nodeAt(nodes, i-2).is("is", "not")
		if !n.is(keywords...) || distinct {
			all[keyword] = append(all[keyword], n)
			continue
		}
		if _, twice := all[n.text]; twice && n.is("from", "where", "set") {
			c.fail("has two clauses %s", n.text)
		}
		keyword = n.text
		all[keyword] = append([]sqlNode{}, all[keyword]...)
	}
	return all
}

func (c *tenantCheck) selects(nodes []sqlNode, outer *sqlScope) sqlArm {
	s := &sqlScope{outer: outer}
	parts := c.clauses(nodes, "select", "from", "where", "group", "having", "window", "order", "limit", "offset", "fetch", "for")
	if from, ok := parts["from"]; ok {
		c.fromClause(from, s)
	}
	c.block(parts, s)
	columns := parts["select"]
	if nodeAt(columns, 0).is("distinct", "all") {
		columns = columns[1:]
	}
	return sqlArm{columns, s}
}

// block checks that the tables of a block are pinned by its conditions, and looks at its sub-selects.
func (c *tenantCheck) block(parts map[string][]sqlNode, s *sqlScope) {
	for _, part := range conjuncts(parts["where"]) {
		s.facts = append(s.facts, sqlFact{nodes: part})
	}
	s.pin()
	for _, ref := range s.refs {
		if !ref.pinned {
			c.fail("reaches %s without an equality on its %s", ref.table, ref.column)
		}
	}
	for _, d := range s.derived {
		c.query(d.query, d.outer)
	}
	for _, nodes := range s.later {
		c.walk(nodes, s)
	}
	for keyword, nodes := range parts {
		if !slices.Contains([]string{"from", "using", "update"}, keyword) { // which the others are of
			c.walk(nodes, s)
		}
	}
}

// walk looks for sub-selects in expressions.
func (c *tenantCheck) walk(nodes []sqlNode, s *sqlScope) {
	for i, n := range nodes {
		switch {
		case n.isQuery():
			c.query(n.sub, s)
		case n.kind == sqlGroup:
			c.walk(n.sub, s)
		case n.is("in"): // SQLite takes a table there
			if path := sqlPath(nodes[i+1:]); len(path) > 0 && tenantColumn[path[len(path)-1]] != "" {
				c.fail("reaches %s without an equality on its tenant", path[len(path)-1])
			}
		}
	}
}

// changesTenant says whether assignments move a row to another tenant.
func changesTenant(assignments []sqlNode, column string) bool {
	for _, part := range splitNodes(assignments, ",") {
		target := splitNodes(part, "=")[0]
		if len(target) == 1 && target[0].kind == sqlGroup {
			target = target[0].sub
		}
		if slices.ContainsFunc(target, func(n sqlNode) bool { return n.named() && n.text == column }) {
			return true
		}
	}
	return false
}
