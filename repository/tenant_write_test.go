package repository

import "slices"

func (c *tenantCheck) update(nodes []sqlNode, outer *sqlScope) {
	s := &sqlScope{outer: outer}
	parts := c.clauses(nodes, "update", "set", "from", "where", "order", "limit", "returning")
	target := parts["update"]
	if nodeAt(target, 0).is("or") { // OR IGNORE and the like
		target = target[min(2, len(target)):]
	}
	if ref := c.target(target, s); ref.column != "" && changesTenant(parts["set"], ref.column) {
		c.fail("gives a row of %s to another tenant", ref.table)
	}
	if from, ok := parts["from"]; ok {
		c.fromClause(from, s)
	}
	c.block(parts, s)
}

func (c *tenantCheck) remove(nodes []sqlNode, outer *sqlScope) {
	s := &sqlScope{outer: outer}
	parts := c.clauses(nodes, "delete", "from", "using", "where", "order", "limit", "returning")
	c.target(parts["from"], s)
	if using, ok := parts["using"]; ok {
		c.fromClause(using, s)
	}
	c.block(parts, s)
}

// insert wants the tenant's column among those that are written, with a value or the column of what
// is pinned; and an upsert to look for the row that is there by its tenant.
func (c *tenantCheck) insert(nodes []sqlNode, outer *sqlScope) {
	var returning, conflict []sqlNode
	if i := indexNode(nodes, 0, "returning"); i >= 0 {
		nodes, returning = nodes[:i], nodes[i+1:]
	}
	for i := range nodes {
		if nodes[i].is("on") && nodeAt(nodes, i+1).is("conflict") {
			nodes, conflict = nodes[:i], nodes[i+2:]
			break
		}
	}
	into := indexNode(nodes, 0, "into") + 1
	path := sqlPath(nodes[into:])
	if into == 0 || len(path) == 0 {
		c.fail("is an INSERT that this check does not know")
		return
	}
	ref := newRef(path, nil)
	rest := nodes[into+2*len(path)-1:]
	if nodeAt(rest, 0).is("as") && len(rest) > 1 {
		ref.name, rest = rest[1].text, rest[2:]
	}
	var columns [][]sqlNode
	if first := nodeAt(rest, 0); first.kind == sqlGroup && !first.isQuery() {
		columns, rest = splitNodes(first.sub, ","), rest[1:]
	}
	var arms []sqlArm
	if !nodeAt(rest, 0).is("default") {
		arms = c.query(rest, outer)
	}
	if ref.column != "" {
		c.inserted(ref, columns, arms, indexNode(nodes[:into], 0, "replace") >= 0)
		c.conflict(ref, conflict)
	}
	ref.pinned = true
	s := &sqlScope{outer: outer, refs: []*sqlRef{ref}}
	c.walk(conflict, s)
	c.walk(returning, s)
}

func (c *tenantCheck) inserted(ref *sqlRef, columns [][]sqlNode, arms []sqlArm, replace bool) {
	at := slices.IndexFunc(columns, func(column []sqlNode) bool {
		return len(column) == 1 && column[0].named() && column[0].text == ref.column
	})
	if at < 0 || len(arms) == 0 {
		c.fail("writes to %s without its %s", ref.table, ref.column)
		return
	}
	if replace { // which removes rows, of whomever, that have the same of what is unique
		c.fail("replaces rows of %s", ref.table)
	}
	for _, arm := range arms {
		values := splitNodes(arm.columns, ",")
		if at >= len(values) || !arm.scope.given(splitNodes(values[at], "as")[0]) {
			c.fail("writes to %s with a %s that is neither a value nor pinned", ref.table, ref.column)
		}
	}
}

// conflict looks at what stands behind ON CONFLICT.
func (c *tenantCheck) conflict(ref *sqlRef, nodes []sqlNode) {
	set := indexNode(nodes, 0, "set")
	if set < 0 { // DO NOTHING
		return
	}
	target := slices.ContainsFunc(splitNodes(nodeAt(nodes, 0).sub, ","), func(column []sqlNode) bool {
		return len(column) == 1 && column[0].named() && column[0].text == ref.column
	})
	if !target {
		c.fail("changes a row of %s that it does not find by its %s", ref.table, ref.column)
	}
	assignments := nodes[set+1:]
	if where := indexNode(assignments, 0, "where"); where >= 0 {
		assignments = assignments[:where]
	}
	if changesTenant(assignments, ref.column) {
		c.fail("gives a row of %s to another tenant", ref.table)
	}
}
