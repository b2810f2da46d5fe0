package web

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// adminAuditPage is an AdminAuditView with what follows from it.
type adminAuditPage struct {
	AdminAuditView
	adminShell
	MonthText      string       // such as November 2026
	Previous, Next adminNavLink // the months beside; without a link where there is none
	Options        []adminOption
	Items          []adminAuditItem
	Newer, Older   string // addresses of the pages beside; empty where there is none
	Filtered       bool
	Cleared        string // address of the month without filters
}

// adminAuditItem is an entry as the page shows it.
type adminAuditItem struct {
	AdminAuditEntry
	Time        moment
	Target      string // what Record names, in a word
	RecordText  string // Record on several lines
	DiffText    string
	SameRecord  string // address of all entries of the record in this month
	SessionLink string
	Who         string
	Open        bool // it is unfolded: it is the one that was looked for
}

// A month in an address, and for people.
const (
	monthForm = "2006-01"
	monthText = "January 2006"
)

// newAdminAuditPage returns what the page of the audit entries shows.
func newAdminAuditPage(v AdminAuditView) adminAuditPage {
	v.Page = max(v.Page, 1)
	page := adminAuditPage{
		AdminAuditView: v,
		adminShell:     newAdminShell(v.AdminFrame, "Audit", "Audit"),
		MonthText:      v.Month,
		Options:        append(options(v.Event, "", "All events"), eventOptions(v.Events, v.Event)...),
		Filtered:       v.Event != "" || v.Record != "",
		Cleared:        adminLink(v.Base+"/audit", "month", v.Month),
	}
	if month, err := time.Parse(monthForm, v.Month); err == nil {
		page.MonthText = month.Format(monthText)
		page.Previous = v.monthLink(month.AddDate(0, -1, 0))
		if next := month.AddDate(0, 1, 0); !next.After(v.Now) {
			page.Next = v.monthLink(next)
		}
	}
	if v.Page > 1 {
		page.Newer = v.at(v.Month, v.Page-1)
	}
	if v.More {
		page.Older = v.at(v.Month, v.Page+1)
	}
	for _, e := range v.Entries {
		page.Items = append(page.Items, newAdminAuditItem(v, e))
	}
	if len(page.Items) == 1 {
		page.Items[0].Open = true
	}
	return page
}

// at is the address of a page of a month.
func (v AdminAuditView) at(month string, page int64) string {
	return adminLink(v.Base+"/audit", "month", month, "event", v.Event, "record", v.Record, "page", fromTwo(page))
}

// monthLink leads to another month, with the same filters.
func (v AdminAuditView) monthLink(month time.Time) adminNavLink {
	return adminNavLink{Text: month.Format(monthText), Link: v.at(month.Format(monthForm), 1)}
}

// newAdminAuditItem returns an entry as the page shows it.
func newAdminAuditItem(v AdminAuditView, e AdminAuditEntry) adminAuditItem {
	item := adminAuditItem{
		AdminAuditEntry: e,
		Time:            newMoment(e.At, v.Now),
		Target:          recordName(e),
		RecordText:      indented(e.Record),
		DiffText:        indented(e.Diff),
		Who:             e.Key,
	}
	record := e.Record
	if e.Session != "" {
		item.SessionLink, record = sessionLink(v.Base, e.Session), e.Session
	}
	if record != "" && record != v.Record {
		item.SameRecord = adminLink(v.Base+"/audit", "month", v.Month, "record", record)
	}
	switch {
	case e.Key == "" && e.KeyHash == "":
		item.Who = "command line"
	case e.Key == "":
		item.Who = "deleted key"
	}
	return item
}

// recordName returns what an entry's record is called in a list: the one text that it consists of, where
// it does, such as an id.
func recordName(e AdminAuditEntry) string {
	var record map[string]string
	if err := json.Unmarshal([]byte(e.Record), &record); err == nil && len(record) == 1 {
		for _, text := range record {
			return text
		}
	}
	return e.Record
}

// eventOptions lists the events, and the chosen one if it is none of them.
func eventOptions(events []string, chosen string) []adminOption {
	var list []adminOption
	for _, event := range events {
		list = append(list, adminOption{Value: event, Text: event, Selected: event == chosen})
	}
	if chosen != "" && !slices.Contains(events, chosen) {
		list = append(list, adminOption{Value: chosen, Text: chosen, Selected: true})
	}
	return list
}

// Number is the id of the entry as a part of ids on the page.
func (i adminAuditItem) Number() string { return strconv.FormatInt(i.ID, 10) }
