package web

import "strings"

const (
	shownFunctions   = 10  // of a tool; more tell little about what it is
	shownDescription = 240 // characters: some six lines of a phone
)

// connectPage is a ConnectView with what follows from it.
type connectPage struct {
	ConnectView
	Back      wayBack
	AboutTool *ConnectTool // nil unless the page has the tool that its message is about
	Groups    []connectGroup
}

// connectGroup is the tools of one state.
type connectGroup struct {
	ID    string
	Title string
	Cards []connectCard
}

// connectCard is a tool on the page.
type connectCard struct {
	ConnectTool
	Action    string
	StateText string
	Summary   paragraph // the beginning of the description
	Shown     []string  // functions
	More      int       // functions that are not shown
	Usual     *connectForm
	Others    []connectForm
	Tried     bool // one of its ways is unfolded because it was tried
}

// groups are the headings, in the order of the page, and what a card of each says.
var groups = []struct {
	state           ToolState
	title, cardText string
}{
	{ToolAttention, "Needs your attention", "Needs attention"},
	{ToolNone, "Not connected yet", "Not connected"},
	{ToolConnected, "Connected", "Connected"},
	{ToolOpen, "Ready without an account", "No account needed"},
}

// newConnectPage groups the tools by their states. The forms of the only tool that waits for
// its reader are unfolded.
func newConnectPage(v ConnectView) connectPage {
	page := connectPage{ConnectView: v, Back: newWayBack(v.AppName, v.AppURL)}
	waiting := 0
	tools := map[ToolState][]ConnectTool{}
	for i, t := range v.Tools {
		if v.About != "" && t.Name == v.About {
			page.AboutTool = &v.Tools[i]
		}
		t.State = t.State.known()
		tools[t.State] = append(tools[t.State], t)
		if t.State == ToolAttention || t.State == ToolNone {
			waiting++
		}
	}
	for _, g := range groups {
		group := connectGroup{ID: "state-" + string(g.state), Title: g.title}
		for _, t := range tools[g.state] {
			t.Editing = t.Editing || waiting == 1 && t.State != ToolConnected && t.State != ToolOpen
			card := newConnectCard(t, v.Action)
			card.StateText = g.cardText
			group.Cards = append(group.Cards, card)
		}
		if len(group.Cards) > 0 {
			page.Groups = append(page.Groups, group)
		}
	}
	return page
}

// known returns s, or ToolNone for a state that is not one.
func (s ToolState) known() ToolState {
	for _, g := range groups {
		if g.state == s {
			return s
		}
	}
	return ToolNone
}

// Forms says whether the card has its forms on it. They make way for a question, and an account
// that works asks for none.
func (c connectCard) Forms() bool {
	return !c.ConfirmRemove && c.State != ToolOpen && (c.State != ToolConnected || c.Editing || c.Tried)
}

// HasAccount says whether there are credentials, be they good or bad.
func (c connectCard) HasAccount() bool { return c.State == ToolConnected || c.State == ToolAttention }

// newConnectCard returns a tool as the page at action shows it.
func newConnectCard(t ConnectTool, action string) connectCard {
	card := connectCard{ConnectTool: t, Action: action, Summary: summary(t.Description)}
	card.Shown = t.Functions[:min(len(t.Functions), shownFunctions)]
	card.More = len(t.Functions) - len(card.Shown)
	for i := range t.Ways {
		form := newConnectForm(&card, i)
		card.Tried = card.Tried || form.Open
		if i > 0 {
			card.Others = append(card.Others, form)
			continue
		}
		form.Open = form.Open || t.Editing
		card.Usual = &form
	}
	return card
}

// summary returns the first paragraph of a description, cut between words where it is long.
func summary(description string) paragraph {
	first, _, _ := strings.Cut(strings.TrimSpace(description), "\n\n")
	line := strings.Join(strings.Fields(first), " ")
	characters := []rune(line)
	if len(characters) > shownDescription {
		line = string(characters[:shownDescription])
		if space := strings.LastIndexByte(line, ' '); space > 0 {
			line = line[:space]
		}
		line = strings.TrimRight(line, ".,;: ") + "\u2026"
	}
	return spans(line)
}
