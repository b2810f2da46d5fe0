package web

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strconv"
)

// adminSessionPage is an AdminSessionView with what follows from it.
type adminSessionPage struct {
	AdminSessionView
	adminShell
	Item     adminSessionItem
	BackText string
	Tabs     []adminNavLink
	Messages []message    // of a conversation
	Stored   []rawMessage // in place of them, where JSON is shown
	Start    int64        // number of the first message shown, from 1
	Last     int64        // and of the last
	Range    string       // which messages are shown, in words
	More     string       // address of the next part; empty where there is none
	MoreText string
	Parts    adminParts
	Size     string // of the text that is shown in place of messages
	Rest     string // how much of it is not shown; empty where all is
	Download string
}

// adminParts leads to other parts of the messages; what is empty is shown already.
type adminParts struct {
	First, Earlier, Last string
}

// rawMessage is a message as it is stored.
type rawMessage struct {
	Number, Place int64 // from 0, as in its address, and from 1, as people count
	JSON          string
}

// newAdminSessionPage returns what the page of a session shows.
func newAdminSessionPage(v AdminSessionView) adminSessionPage {
	v.PerPart, v.First = max(v.PerPart, 1), max(v.First, 0)
	v.Back = wayToList(v.Base, v.Back)
	item := newAdminSessionItem(v.Session, v.AdminFrame)
	page := adminSessionPage{
		AdminSessionView: v,
		adminShell:       newAdminShell(v.AdminFrame, item.Name, "Sessions"),
		Item:             item,
		BackText:         "Sessions",
		Tabs: []adminNavLink{
			{Text: "Conversation", Link: v.part(v.First, false), Here: !v.JSON},
			{Text: "JSON", Link: v.part(v.First, true), Here: v.JSON},
		},
		Start:    v.First + 1,
		Last:     v.First + int64(len(v.Parts)),
		Download: v.Base + "/sessions/" + url.PathEscape(v.Session.ID) + "/download",
	}
	for i, text := range v.Parts {
		number := v.First + int64(i)
		if v.JSON {
			page.Stored = append(page.Stored, rawMessage{Number: number, Place: number + 1, JSON: indented(text)})
		} else {
			page.Messages = append(page.Messages, newMessage(number, text))
		}
	}
	page.addParts()
	page.addText()
	return page
}

// addParts adds the ways to the parts of the messages that are not shown.
func (p *adminSessionPage) addParts() {
	all := p.Session.Messages
	p.Range = "Messages " + thousands(p.Start).String() + " to " + thousands(p.Last).String()
	if p.First > 0 {
		p.Parts.First, p.Parts.Earlier = p.part(0, p.JSON), p.part(p.First-p.PerPart, p.JSON)
	}
	if p.Last >= all {
		return
	}
	left := all - p.Last
	p.More = p.part(p.Last, p.JSON)
	p.MoreText = "Show " + counted(min(left, p.PerPart), "more message", "more messages")
	if left > p.PerPart {
		p.Parts.Last = p.part((all-1)/p.PerPart*p.PerPart, p.JSON)
	}
}

// addText adds what is said of a text that is shown in place of messages.
func (p *adminSessionPage) addText() {
	if p.Text == nil {
		return
	}
	p.Size = byteSize(p.Bytes)
	if left := p.Bytes - int64(len(*p.Text)); left > 0 {
		p.Rest = byteSize(left)
	}
}

// part is the address of the part that begins with the message of this number.
func (v AdminSessionView) part(from int64, asJSON bool) string {
	view, first := "", ""
	if asJSON {
		view = "json"
	}
	if from > 0 {
		first = strconv.FormatInt(from, 10)
	}
	back := v.Back
	if back == v.Base+"/sessions" {
		back = ""
	}
	return sessionLink(v.Base, v.Session.ID, "view", view, "from", first, "back", back)
}

// indented returns JSON on several lines, and anything else as it is.
func indented(text string) string {
	var lines bytes.Buffer
	if err := json.Indent(&lines, []byte(text), "", "  "); err != nil {
		return text
	}
	return lines.String()
}
