package repository

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// sqlKind is what a piece of a statement is.
type sqlKind int

const (
	sqlWord   sqlKind = iota + 1 // a keyword, or a name without quotes
	sqlQuoted                    // a name in quotes
	sqlText                      // a string
	sqlNumber
	sqlParam
	sqlSign
	sqlGroup // what stands in parentheses
)

// sqlNode is a piece of a statement. Words and names are in lower case and without quotes.
type sqlNode struct {
	kind sqlKind
	text string
	sub  []sqlNode // of a group
}

// is says whether the node is one of the keywords or signs.
func (n sqlNode) is(words ...string) bool {
	return (n.kind == sqlWord || n.kind == sqlSign) && slices.Contains(words, n.text)
}

// named says whether the node may be a name. SQLite takes a string for one where it can.
func (n sqlNode) named() bool { return n.kind == sqlWord || n.kind == sqlQuoted || n.kind == sqlText }

// isQuery says whether the node is a sub-select.
func (n sqlNode) isQuery() bool {
	return n.kind == sqlGroup && nodeAt(n.sub, 0).is("select", "with", "values", "table")
}

func nodeAt(nodes []sqlNode, i int) sqlNode {
	if i < 0 || i >= len(nodes) {
		return sqlNode{}
	}
	return nodes[i]
}

// sqlPieces has a part for spaces and comments, and one for each kind in its order.
var sqlPieces = regexp.MustCompile(`(?is)^(?:(\s+|--[^\n]*|/\*.*?(?:\*/|$))` +
	`|(e'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*')` +
	"|(\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|" + `\[[a-z_]\w*\])` +
	`|([\pL_][\pL\pN_$]*)|(\d[\w.]*)` +
	`|(::)|(\?\d*|\$\d+|[@:$][a-z_]\w*)` +
	"|(\\|\\||<>|!=|<=|>=|==|[^\\s'\"`]))")

var sqlKinds = []sqlKind{2: sqlText, sqlQuoted, sqlWord, sqlNumber, sqlSign, sqlParam, sqlSign}

var dollarQuote = regexp.MustCompile(`(?i)^\$(?:[a-z_]\w*)?\$`)

// sqlTokens cuts a statement into its pieces, without spaces and comments.
func sqlTokens(sql string) ([]sqlNode, error) {
	var all []sqlNode
	for len(sql) > 0 {
		if tag := dollarQuote.FindString(sql); tag != "" {
			text, rest, closed := strings.Cut(sql[len(tag):], tag)
			if !closed {
				return nil, errors.New("a string is not closed")
			}
			all, sql = append(all, sqlNode{kind: sqlText, text: text}), rest
			continue
		}
		found := sqlPieces.FindStringSubmatch(sql)
		if found == nil {
			return nil, fmt.Errorf("cannot be read from here: %.20s", sql)
		}
		sql = sql[len(found[0]):]
		if strings.HasPrefix(found[1], "/*") && strings.Contains(found[1][2:], "/*") {
			return nil, errors.New("a comment in a comment ends elsewhere on each engine")
		}
		for i := 2; i < len(found); i++ {
			if found[i] != "" {
				all = append(all, sqlToken(sqlKinds[i], found[i]))
			}
		}
	}
	return all, nil
}

func sqlToken(kind sqlKind, text string) sqlNode {
	switch kind {
	case sqlWord:
		text = strings.ToLower(text)
	case sqlQuoted:
		text = strings.ToLower(text[1 : len(text)-1])
	case sqlText:
		text = text[strings.Index(text, "'")+1 : len(text)-1]
	case sqlParam:
		text = "?"
	}
	return sqlNode{kind: kind, text: text}
}

// sqlTree puts what stands in parentheses into groups.
func sqlTree(tokens []sqlNode) ([]sqlNode, error) {
	open := [][]sqlNode{nil}
	for _, token := range tokens {
		last := len(open) - 1
		switch {
		case token.is("("):
			open = append(open, nil)
		case token.is(")") && last == 0:
			return nil, errors.New("a parenthesis is closed and not opened")
		case token.is(")"):
			open[last-1] = append(open[last-1], sqlNode{kind: sqlGroup, sub: open[last]})
			open = open[:last]
		default:
			open[last] = append(open[last], token)
		}
	}
	if len(open) > 1 {
		return nil, errors.New("a parenthesis is not closed")
	}
	return open[0], nil
}

// sqlShape is the statement as every engine has it: without quotes around names, with one kind of
// parameter, and with one in LIMIT and OFFSET.
func sqlShape(sql string) string {
	tokens, err := sqlTokens(sql)
	if err != nil {
		return sql
	}
	words := make([]string, len(tokens))
	for i, token := range tokens {
		words[i] = token.text
		switch {
		case token.kind == sqlText:
			words[i] = "'" + token.text + "'"
		case token.kind == sqlNumber && nodeAt(tokens, i-1).is("limit", "offset"):
			words[i] = "?"
		}
	}
	return strings.Join(words, " ")
}

// splitNodes cuts at keywords or signs, outside of parentheses.
func splitNodes(nodes []sqlNode, at ...string) [][]sqlNode {
	parts := [][]sqlNode{nil}
	for _, n := range nodes {
		if n.is(at...) {
			parts = append(parts, nil)
			continue
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], n)
	}
	return parts
}

// indexNode is where the first of the keywords stands, from a place on; -1 where none does.
func indexNode(nodes []sqlNode, from int, words ...string) int {
	for i := from; i < len(nodes); i++ {
		if nodes[i].is(words...) {
			return i
		}
	}
	return -1
}

// conjuncts are what has to hold all together. There are none of an OR: either side may not hold.
func conjuncts(nodes []sqlNode) [][]sqlNode {
	var all [][]sqlNode
	var part []sqlNode
	between, cases := 0, 0
	for _, n := range append(slices.Clone(nodes), sqlNode{kind: sqlWord, text: "and"}) {
		switch {
		case n.is("case"):
			cases++
		case n.is("end"):
			cases--
		case cases > 0:
		case n.is("or"):
			return nil
		case n.is("between"):
			between++
		case n.is("and") && between > 0:
			between--
		case n.is("and"):
			if len(part) == 1 && part[0].kind == sqlGroup && !part[0].isQuery() {
				all = append(all, conjuncts(part[0].sub)...)
			} else {
				all = append(all, part)
			}
			part = nil
			continue
		}
		part = append(part, n)
	}
	return all
}
