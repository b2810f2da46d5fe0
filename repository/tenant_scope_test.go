package repository

import "slices"

// tenantColumn is the column of each tenant's table that says which tenant a row is of.
var tenantColumn = map[string]string{
	"tenants": "id", "storage_keys": "tenant_id", "api_keys": "tenant_id", "api_key_origins": "tenant_id",
	"sessions": "tenant_id", "messages": "tenant_id", "audit_entries": "tenant_id",
	"tools": "tenant_id", "functions": "tenant_id", "connections": "tenant_id", "links": "tenant_id",
	"authorizations": "tenant_id", "performs": "tenant_id", "app_origins": "tenant_id", "logins": "tenant_id",
	"agents": "tenant_id",
}

// sqlRef is a table in FROM, or the one that is written.
type sqlRef struct {
	name   string // what the block calls it
	table  string
	column string // its tenantColumn; empty for what is no tenant's table
	pinned bool   // its tenant is given
}

// sqlScope is what the names in a query block mean.
type sqlScope struct {
	outer   *sqlScope
	named   map[string]bool // the queries of WITH
	refs    []*sqlRef
	facts   []sqlFact
	derived []sqlDerived
	later   [][]sqlNode // of FROM, which may hold sub-selects
}

// sqlFact is a condition that holds for the rows of some references; nil means all of the block.
type sqlFact struct {
	nodes []sqlNode
	only  []*sqlRef
}

// sqlDerived is a sub-select in FROM. It is looked at when it is known what the block pins.
type sqlDerived struct {
	query []sqlNode
	outer *sqlScope
}

func (s *sqlScope) isNamed(name string) bool {
	for ; s != nil; s = s.outer {
		if s.named[name] {
			return true
		}
	}
	return false
}

// tenantOf finds the reference whose tenant's column the nodes name; nil if they name anything else,
// or if it is not certain what they name.
func (s *sqlScope) tenantOf(nodes []sqlNode) *sqlRef {
	path := sqlPath(nodes)
	if len(path) == 0 || 2*len(path)-1 != len(nodes) || nodes[len(nodes)-1].kind == sqlText {
		return nil
	}
	column := path[len(path)-1]
	for ; s != nil; s = s.outer {
		if len(s.refs) == 0 {
			continue
		}
		if len(path) > 1 {
			if ref := s.called(path[len(path)-2]); ref != nil {
				return ref.ifOf(column)
			}
			continue
		}
		ref, further := s.unqualified(column)
		if !further {
			return ref
		}
	}
	return nil
}

// sqlPath is a name with what stands before it.
func sqlPath(nodes []sqlNode) []string {
	if !nodeAt(nodes, 0).named() {
		return nil
	}
	path := []string{nodes[0].text}
	for i := 1; nodeAt(nodes, i).is(".") && nodeAt(nodes, i+1).named(); i += 2 {
		path = append(path, nodes[i+1].text)
	}
	return path
}

func (s *sqlScope) called(name string) *sqlRef {
	for _, ref := range s.refs {
		if ref.name == name {
			return ref
		}
	}
	return nil
}

func (r *sqlRef) ifOf(column string) *sqlRef {
	if r.column == column {
		return r
	}
	return nil
}

// unqualified finds whose tenant's column that is in this block. It says whether to look further out:
// only where no table of this block has such a column.
func (s *sqlScope) unqualified(column string) (ref *sqlRef, further bool) {
	if len(s.refs) == 1 && s.refs[0].ifOf(column) != nil {
		return s.refs[0], false
	}
	if column != "tenant_id" { // more tables than one have an id
		return nil, false
	}
	further = true
	for _, r := range s.refs {
		switch {
		case r.table == "tenants":
		case r.ifOf(column) != nil && further:
			ref, further = r, false
		default: // one more, or nobody knows what it has
			return nil, false
		}
	}
	return ref, further
}

// pin finds out which references of the block have their tenant given: by a value, or by equality
// with one that has it.
func (s *sqlScope) pin() {
	for more := true; more; {
		more = false
		for _, fact := range s.facts {
			sides := splitNodes(fact.nodes, "=", "==")
			if len(sides) != 2 {
				continue
			}
			if s.pinBy(fact, sides[0], sides[1]) || s.pinBy(fact, sides[1], sides[0]) {
				more = true
			}
		}
	}
}

func (s *sqlScope) pinBy(fact sqlFact, column, value []sqlNode) bool {
	ref := s.tenantOf(column)
	if ref == nil || ref.pinned || !slices.Contains(s.refs, ref) || fact.only != nil && !slices.Contains(fact.only, ref) {
		return false
	}
	ref.pinned = s.given(value)
	return ref.pinned
}

// given says whether the nodes are a parameter, a number, or the tenant of what is pinned.
func (s *sqlScope) given(nodes []sqlNode) bool {
	if ref := s.tenantOf(nodes); ref != nil {
		return ref.pinned
	}
	if len(nodes) == 2 && nodes[0].is("cast") && nodes[1].kind == sqlGroup {
		sub := nodes[1].sub
		return len(sub) == 3 && isValue(sub[0]) && sub[1].is("as")
	}
	return len(nodes) == 1 && isValue(nodes[0]) ||
		len(nodes) == 3 && isValue(nodes[0]) && nodes[1].is("::") && nodes[2].kind == sqlWord
}

func isValue(n sqlNode) bool { return n.kind == sqlParam || n.kind == sqlNumber }
