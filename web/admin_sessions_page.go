package web

import (
	"slices"
	"strings"
)

// adminSessionsPage is an AdminSessionsView with what follows from it.
type adminSessionsPage struct {
	AdminSessionsView
	adminShell
	Options  []adminOption // the agents to choose from
	More     string        // how many further agents there are, in words; may be empty
	States   []adminOption
	Filters  int // how many are set
	Columns  []adminColumn
	Items    []adminSessionItem
	Pager    adminPager
	Empty    string // why there are no sessions: none, agent, match, page or choose; empty where there are some
	Address  string // of this list
	Cleared  string // address of the list without a search and filters
	LastPage string // address of the last page
	HowTo    string // address of what tells how to make a session
}

// adminOption is one of several that a reader may choose.
type adminOption struct {
	Value, Text string
	Selected    bool
}

// adminColumn is a column that a list can be sorted by.
type adminColumn struct {
	ID, Text string
	Link     string // sorts by it; from the other end where the list is sorted by it
	Sort     string // ascending, descending, or empty: as aria-sort has it
	Next     string // how Link sorts
}

// adminSessionItem is a session in a list.
type adminSessionItem struct {
	AdminSessionRow
	Link        string
	Name        string // of its user, or its id: what it is called where it has to have a name
	Count       thousands
	Prompt      tokens
	Completion  tokens
	CreatedAt   moment
	UpdatedAt   moment
	FinalizedAt moment
	IsFinal     bool
}

// tokens is a number of tokens, or the absence of one.
type tokens struct {
	Known bool
	Count thousands
}

func newTokens(n *int64) tokens {
	if n == nil {
		return tokens{}
	}
	return tokens{Known: true, Count: thousands(*n)}
}

// newAdminSessionsPage returns what the page of a list of sessions shows.
func newAdminSessionsPage(v AdminSessionsView) adminSessionsPage {
	v.Page, v.PerPage = max(v.Page, 1), max(v.PerPage, 1)
	if v.Sort == "" {
		v.Sort = "updatedAt"
	}
	page := adminSessionsPage{
		AdminSessionsView: v,
		adminShell:        newAdminShell(v.AdminFrame, "Sessions", "Sessions"),
		Options:           agentOptions(v.Agents, v.Agent),
		States:            options(v.State, "", "All", "active", "Active", "finalized", "Finalized"),
		Columns:           newAdminColumns(v),
		Empty:             v.whyEmpty(),
		Address:           v.address(),
		Cleared:           adminLink(v.Base+"/sessions", "agent", v.Agent),
		HowTo:             strings.TrimSuffix(v.Base, "/admin") + "/docs#createSession",
	}
	if v.MoreAgents > 0 {
		page.More = counted(int64(v.MoreAgents), "more agent", "more agents")
	}
	for _, set := range []string{v.State, v.From, v.To} {
		if set != "" {
			page.Filters++
		}
	}
	for _, row := range v.Rows {
		item := newAdminSessionItem(row, v.AdminFrame)
		item.Link = sessionLink(v.Base, row.ID, "back", page.Address)
		page.Items = append(page.Items, item)
	}
	page.Pager = newAdminPager(v)
	page.LastPage = v.at(page.Pager.Pages)
	return page
}

// newAdminSessionItem returns a session as lists show it.
func newAdminSessionItem(row AdminSessionRow, frame AdminFrame) adminSessionItem {
	item := adminSessionItem{
		AdminSessionRow: row,
		Link:            sessionLink(frame.Base, row.ID),
		Name:            row.UserName,
		Count:           thousands(row.Messages),
		Prompt:          newTokens(row.PromptTokens),
		Completion:      newTokens(row.CompletionTokens),
		CreatedAt:       newMoment(row.Created, frame.Now),
		UpdatedAt:       newMoment(row.Updated, frame.Now),
		IsFinal:         row.Finalized != "",
		FinalizedAt:     newMomentOf(row.Finalized, frame.Now),
	}
	if item.Name == "" {
		item.Name = row.ID
	}
	return item
}

// address is where the list is.
func (v AdminSessionsView) address() string { return v.at(v.Page) }

// at is where another page of the list is.
func (v AdminSessionsView) at(page int64) string {
	sort := v.Sort
	if sort == "updatedAt" {
		sort = ""
	}
	return adminLink(v.Base+"/sessions", "agent", v.Agent, "q", v.Query, "sort", sort, "reverse", oneIf(v.Reverse),
		"state", v.State, "from", v.From, "to", v.To, "page", fromTwo(page))
}

// whyEmpty says why the list shows no sessions.
func (v AdminSessionsView) whyEmpty() string {
	switch {
	case len(v.Rows) > 0 || v.Problem != "":
		return ""
	case v.Agent == "" && len(v.Agents) == 0:
		return "none"
	case v.Agent == "":
		return "choose"
	case v.Total > 0:
		return "page"
	case v.Query != "" || v.State != "" || v.From != "" || v.To != "":
		return "match"
	}
	return "agent"
}

// newAdminColumns returns the columns that sort the list: names from A to Z and times from the newest,
// unless they are reversed.
func newAdminColumns(v AdminSessionsView) []adminColumn {
	var columns []adminColumn
	for _, c := range []struct {
		id, text string
		falls    bool
	}{
		{"userName", "Name", false}, {"userEmail", "E-mail", false}, {"createdAt", "Created", true}, {"updatedAt", "Updated", true},
	} {
		column := adminColumn{ID: c.id, Text: c.text}
		sorted := v
		sorted.Sort, sorted.Reverse, sorted.Page = c.id, v.Sort == c.id && !v.Reverse, 1
		column.Link, column.Next = sorted.address(), direction(c.falls != sorted.Reverse)
		if v.Sort == c.id {
			column.Sort = direction(c.falls != v.Reverse)
		}
		columns = append(columns, column)
	}
	return columns
}

func direction(falls bool) string {
	if falls {
		return "descending"
	}
	return "ascending"
}

// agentOptions lists the agents with the numbers of their sessions, and the chosen one if it is none of them.
func agentOptions(agents []AdminAgent, chosen string) []adminOption {
	var list []adminOption
	for _, a := range agents {
		text := a.ID + " (" + thousands(a.Sessions).String() + ")"
		list = append(list, adminOption{Value: a.ID, Text: text, Selected: a.ID == chosen})
	}
	if chosen != "" && !slices.ContainsFunc(agents, func(a AdminAgent) bool { return a.ID == chosen }) {
		list = append(list, adminOption{Value: chosen, Text: chosen, Selected: true})
	}
	return list
}

// options lists what a reader may choose: value, text, value, text.
func options(chosen string, pairs ...string) []adminOption {
	var list []adminOption
	for i := 0; i+1 < len(pairs); i += 2 {
		list = append(list, adminOption{Value: pairs[i], Text: pairs[i+1], Selected: pairs[i] == chosen})
	}
	return list
}
