package repository

// fromClause reads the tables of FROM, of USING, or of a join in parentheses, and the conditions under
// which they are joined.
func (c *tenantCheck) fromClause(nodes []sqlNode, s *sqlScope) {
	for _, join := range joins(nodes) {
		before := len(s.refs)
		c.fromItem(join.item, s)
		s.later = append(s.later, join.on)
		var only []*sqlRef
		switch join.kind {
		case "left": // the condition says nothing about the rows on the left
			only = s.refs[before:]
		case "right", "full":
			continue
		}
		for _, part := range conjuncts(join.on) {
			s.facts = append(s.facts, sqlFact{part, only})
		}
	}
}

// sqlJoin is what is joined by the words, and by the condition.
type sqlJoin struct {
	kind     string // the word that matters
	item, on []sqlNode
}

// joins cuts FROM into what is joined.
func joins(nodes []sqlNode) []sqlJoin {
	all := []sqlJoin{{}}
	inOn := false
	for i := 0; i < len(nodes); i++ {
		last := &all[len(all)-1]
		if kind, n := joinWords(nodes[i:]); n > 0 {
			all, inOn, i = append(all, sqlJoin{kind: kind}), false, i+n-1
			continue
		}
		switch {
		case nodes[i].is("on") && !inOn:
			inOn = true
		case inOn:
			last.on = append(last.on, nodes[i])
		default:
			last.item = append(last.item, nodes[i])
		}
	}
	return all
}

// joinWords are the words between two tables: how many, and the one that matters. A function may be
// called left, too.
func joinWords(nodes []sqlNode) (kind string, n int) {
	if nodes[0].is(",") {
		return "inner", 1
	}
	for n < len(nodes) && nodes[n].is("natural", "inner", "cross", "outer", "left", "right", "full") {
		if nodes[n].is("left", "right", "full") {
			kind = nodes[n].text
		}
		n++
	}
	if !nodeAt(nodes, n).is("join") {
		return "", 0
	}
	return kind, n + 1
}

// fromItem reads one table, sub-select, function, or join in parentheses.
func (c *tenantCheck) fromItem(item []sqlNode, s *sqlScope) {
	outer := s.outer
	for nodeAt(item, 0).is("only", "lateral") {
		if item[0].is("lateral") {
			outer = s
		}
		item = item[1:]
	}
	first := nodeAt(item, 0)
	if first.kind == sqlGroup && !first.isQuery() && nodeAt(first.sub, 0).kind != sqlGroup {
		c.fromClause(first.sub, s)
		return
	}
	ref, rest := &sqlRef{pinned: true}, item[min(1, len(item)):]
	switch path := sqlPath(item); {
	case first.kind == sqlGroup:
		s.derived = append(s.derived, sqlDerived{first.sub, outer})
	case len(path) > 0:
		ref = newRef(path, s)
		rest = item[2*len(path)-1:]
	default:
		c.fail("reads from what this check does not know")
		return
	}
	s.refs, s.later = append(s.refs, ref), append(s.later, rest)
	c.alias(ref, rest)
}

// alias reads what stands behind a table.
func (c *tenantCheck) alias(ref *sqlRef, rest []sqlNode) {
	if nodeAt(rest, 0).kind == sqlGroup { // the arguments of a function
		rest = rest[1:]
	}
	if nodeAt(rest, 0).is("as") {
		rest = rest[1:]
	}
	if alias := nodeAt(rest, 0); alias.named() && !alias.is("indexed", "not", "using", "tablesample") {
		ref.name = alias.text
		if ref.column != "" && nodeAt(rest, 1).kind == sqlGroup {
			c.fail("gives the columns of %s other names", ref.table)
		}
	}
}

// target reads the table that is written: no query of WITH hides it.
func (c *tenantCheck) target(item []sqlNode, s *sqlScope) *sqlRef {
	var own sqlScope
	c.fromItem(item, &own)
	if len(own.refs) != 1 || own.refs[0].table == "" {
		c.fail("writes to what this check does not know")
		return &sqlRef{}
	}
	s.refs, s.later = own.refs, own.later
	return own.refs[0]
}

// newRef is a table by its name. One that a query of WITH hides is that query.
func newRef(path []string, s *sqlScope) *sqlRef {
	table := path[len(path)-1]
	ref := &sqlRef{name: table, table: table, column: tenantColumn[table]}
	if len(path) == 1 && s.isNamed(table) {
		ref.table, ref.column = "", ""
	}
	ref.pinned = ref.column == ""
	return ref
}
